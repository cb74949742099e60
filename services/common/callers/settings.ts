import type { ConfigReader } from '../process/config-readers.ts';
import { type ListSetting, readListSetting } from '../process/list-setting.ts';
import type { ServerTlsSettings } from '../tls/server-tls.ts';
import { callerCertificateProblem } from './caller-certificates.ts';
import { callerTokenProblem } from './service-tokens.ts';

export interface CallerSettings {
  readonly callerTokens: ListSetting;
  readonly callerCertificates: readonly string[];
}

/** Who may call: `CALLER_TOKENS` (or `CALLER_TOKENS_FILE`), `CALLER_CERTIFICATES` or both. */
export function readCallers(read: ConfigReader, tls: ServerTlsSettings | undefined): CallerSettings {
  const callerCertificates = read.optionalList('CALLER_CERTIFICATES', callerCertificateProblem);
  if (callerCertificates.length > 0 && tls?.clientCaFile === undefined) {
    read.problem('CALLER_CERTIFICATES', 'needs TLS_CLIENT_CA_FILE');
  }
  const optional = callerCertificates.length > 0;
  return {
    callerTokens: readListSetting(read, 'CALLER_TOKENS', { check: callerTokenProblem, optional }),
    callerCertificates,
  };
}
