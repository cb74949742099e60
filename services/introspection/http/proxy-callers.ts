import { asAppError } from '#common/errors/wire.ts';
import type { Log } from '#common/process/log.ts';
import { type Admission, RememberedAdmission } from '#common/rpc/admission.ts';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { WarningLimit } from '../authorization/warning-limit.ts';

/** Where a proxy sends its service token: `authorization` is the header of its client. */
const CALLER_HEADER = 'proxy-authorization';

export const NOT_A_GATEWAY = `The proxy must send a service token of kind gateway as \`${CALLER_HEADER}: Bearer …\`, or have the certificate of one`;

/** Which proxies may ask over HTTP: those that may call Check, by the same rule. */
export class ProxyCallers {
  readonly #admission: RememberedAdmission;
  readonly #warnings: WarningLimit;

  constructor(admission: Admission, log: Log) {
    this.#admission = new RememberedAdmission(admission, Authorization.method.check);
    this.#warnings = new WarningLimit(log);
  }

  /** By the header, which must not be repeated, or without it by the name in the client certificate. */
  async mayAsk({ [CALLER_HEADER]: values }: NodeJS.Dict<string[]>, certificate: string | undefined): Promise<boolean> {
    const credential = values?.join(', ');
    if (this.#admission.recall(credential, certificate) !== undefined) return true;
    try {
      await this.#admission.admit(credential, certificate);
      return true;
    } catch (error) {
      this.#warnings.warn({ reason: asAppError(error).message }, 'a proxy that is not known as a gateway is refused');
      return false;
    }
  }
}
