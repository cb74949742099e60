import { asAppError } from '#common/errors/wire.ts';
import type { Log } from '#common/process/log.ts';
import { WarningLimit } from '#common/process/warning-limit.ts';
import { type Admission, CachedAdmission } from '#common/rpc/admission.ts';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';

/** The header of the proxy's service token, because `authorization` is the client's. */
const CALLER_HEADER = 'proxy-authorization';

export const NOT_A_GATEWAY = `The proxy must send a service token of kind gateway as \`${CALLER_HEADER}: Bearer …\`, or use a client certificate of that kind`;

/** Admits proxies by the rule of the RPC Check. */
export class ProxyCallers {
  readonly #admission: CachedAdmission;
  readonly #warnings: WarningLimit;

  constructor(admission: Admission, log: Log) {
    this.#admission = new CachedAdmission(admission, Authorization.method.check);
    this.#warnings = new WarningLimit(log);
  }

  /** Whether a proxy is a gateway: by the header, which must not be repeated, or without it by its client certificate. */
  async mayCall({ [CALLER_HEADER]: values }: NodeJS.Dict<string[]>, certificate: string | undefined): Promise<boolean> {
    const credential = values?.join(', ');
    if (this.#admission.cached(credential, certificate) !== undefined) return true;
    try {
      await this.#admission.admit(credential, certificate);
      return true;
    } catch (error) {
      this.#warnings.warn(
        { reason: asAppError(error).message },
        'refusing a proxy that is not authenticated as a gateway',
      );
      return false;
    }
  }
}
