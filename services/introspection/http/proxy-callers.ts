import { asAppError } from '#common/errors/wire.ts';
import type { Log } from '#common/process/log.ts';
import { type Admission, RememberedAdmission } from '#common/rpc/admission.ts';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { WarningLimit } from '../authorization/warning-limit.ts';

/** Where a proxy sends its service token: `authorization` is the header of its client. */
const CALLER_HEADER = 'proxy-authorization';

export const NOT_A_GATEWAY = `The proxy must send a service token of kind gateway as \`${CALLER_HEADER}: Bearer …\``;

/** Which proxies may ask over HTTP: those that may call Check, by the same rule. */
export class ProxyCallers {
  readonly #admission: RememberedAdmission;
  readonly #warnings: WarningLimit;

  constructor(admission: Admission, log: Log) {
    this.#admission = new RememberedAdmission(admission, Authorization.method.check);
    this.#warnings = new WarningLimit(log);
  }

  /** By the values of the header; more than one is nobody's. */
  async mayAsk({ [CALLER_HEADER]: values = [] }: NodeJS.Dict<string[]>): Promise<boolean> {
    const credential = values.length === 1 ? values[0] : undefined;
    if (this.#admission.recall(credential) !== undefined) return true;
    try {
      await this.#admission.admit(credential);
      return true;
    } catch (error) {
      this.#warnings.warn({ reason: asAppError(error).message }, 'a proxy without a service token is refused');
      return false;
    }
  }
}
