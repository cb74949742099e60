import type { DescMethod } from '@bufbuild/protobuf';
import { callerByBearer } from '../callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '../callers/caller.ts';
import type { RequestCredentials } from '../callers/request-credentials.ts';
import type { CallerRules } from '../callers/rules.ts';

/** The caller of a request; undefined without a credential, throws UNAUTHENTICATED for one that is not good. */
export type IdentifyCaller = (credentials: RequestCredentials) => Promise<CallerIdentity | undefined>;

/** For services whose callers all come with a bearer credential. */
export function identifyByBearer(authenticator: CallerAuthenticator): IdentifyCaller {
  return async ({ authorization }) =>
    authorization === undefined ? undefined : callerByBearer(authorization, authenticator);
}

/** Whether a request may call a method: every transport asks here before a handler runs. */
export class Admission {
  readonly #identify: IdentifyCaller;
  readonly #rules: CallerRules;

  constructor(identify: IdentifyCaller, rules: CallerRules) {
    this.#identify = identify;
    this.#rules = rules;
  }

  /**
   * The caller; undefined without a credential, where the method is open to everyone. Throws UNAUTHENTICATED or
   * PERMISSION_DENIED.
   */
  async admit(method: DescMethod, credentials: RequestCredentials): Promise<CallerIdentity | undefined> {
    const caller = await this.#identify(credentials);
    this.#rules.require(method, caller);
    return caller;
  }
}

/** Accepted credentials of one method. A gateway fleet has few; callers beyond that many are checked each time. */
const MAX_REMEMBERED = 256;

/**
 * Admission to one method that remembers which `authorization` values it has accepted, because a service sends the same
 * one with every request. Only service credentials are remembered: they are configuration, which does not change while
 * the process runs, whereas a user's session expires.
 */
export class RememberedAdmission {
  readonly #admission: Admission;
  readonly #method: DescMethod;
  readonly #accepted = new Map<string, CallerIdentity>();

  constructor(admission: Admission, method: DescMethod) {
    this.#admission = admission;
    this.#method = method;
  }

  /** The caller with a credential that was accepted before; undefined: ask `admit`. */
  recall(authorization: string | undefined): CallerIdentity | undefined {
    return authorization === undefined ? undefined : this.#accepted.get(authorization);
  }

  /** As Admission.admit. */
  async admit(authorization: string | undefined): Promise<CallerIdentity | undefined> {
    const caller = await this.#admission.admit(this.#method, { authorization });
    const isFixed = caller !== undefined && caller.kind !== 'user';
    if (authorization !== undefined && isFixed && this.#accepted.size < MAX_REMEMBERED) {
      this.#accepted.set(authorization, caller);
    }
    return caller;
  }
}
