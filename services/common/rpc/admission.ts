import type { DescMethod } from '@bufbuild/protobuf';
import { callerByBearer } from '../callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '../callers/caller.ts';
import type { RequestCredentials } from '../callers/request-credentials.ts';
import type { CallerRules } from '../callers/rules.ts';

/** Authenticates the caller of a request; undefined without a credential, throws UNAUTHENTICATED for an invalid one. */
export type IdentifyCaller = (credentials: RequestCredentials) => Promise<CallerIdentity | undefined>;

/** For services whose callers all have bearer credentials. */
export function identifyByBearer(authenticator: CallerAuthenticator): IdentifyCaller {
  return async ({ authorization }) =>
    authorization === undefined ? undefined : callerByBearer(authorization, authenticator);
}

/** Decides whether a request may call a method. Every transport calls it before the handler. */
export class Admission {
  readonly #identify: IdentifyCaller;
  readonly #rules: CallerRules;

  constructor(identify: IdentifyCaller, rules: CallerRules) {
    this.#identify = identify;
    this.#rules = rules;
  }

  /**
   * The caller; undefined without a credential if the method is open to everyone. Throws UNAUTHENTICATED or
   * PERMISSION_DENIED.
   */
  async admit(method: DescMethod, credentials: RequestCredentials): Promise<CallerIdentity | undefined> {
    const caller = await this.#identify(credentials);
    this.#rules.require(method, caller);
    return caller;
  }
}

/** Cached credentials per method. Callers have few; further ones are checked each time. */
const MAX_CACHED = 256;

/**
 * Admission to one method with a cache of accepted `authorization` values, because a service sends the same one with every
 * request. Only service credentials are cached: they cannot change while the process runs, whereas sessions expire.
 */
export class CachedAdmission {
  readonly #admission: Admission;
  readonly #method: DescMethod;
  readonly #accepted = new Map<string, CallerIdentity>();

  constructor(admission: Admission, method: DescMethod) {
    this.#admission = admission;
    this.#method = method;
  }

  /** The caller of a cached credential; undefined: call `admit`. */
  cached(authorization: string | undefined): CallerIdentity | undefined {
    return authorization === undefined ? undefined : this.#accepted.get(authorization);
  }

  /** As Admission.admit. */
  async admit(authorization: string | undefined): Promise<CallerIdentity | undefined> {
    const caller = await this.#admission.admit(this.#method, { authorization });
    const isFixed = caller !== undefined && caller.kind !== 'user';
    if (authorization !== undefined && isFixed && this.#accepted.size < MAX_CACHED) {
      this.#accepted.set(authorization, caller);
    }
    return caller;
  }
}
