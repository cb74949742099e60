import type { DescMethod } from '@bufbuild/protobuf';
import { callerByBearer } from '../callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '../callers/caller.ts';
import type { CallerCertificates } from '../callers/caller-certificates.ts';
import type { RequestCredentials } from '../callers/request-credentials.ts';
import type { CallerRules } from '../callers/rules.ts';

/**
 * Authenticates the caller of a request. Undefined without a credential or for an unknown certificate; throws UNAUTHENTICATED
 * for any other invalid credential, PERMISSION_DENIED for a session cookie from another origin, and UNAVAILABLE if a session
 * cannot be checked.
 */
export type IdentifyCaller = (credentials: RequestCredentials) => Promise<CallerIdentity | undefined>;

/**
 * Identifies services and operators by the bearer credential in `authorization` or, without this header, by the client
 * certificate. An unknown bearer credential is rejected even with a valid certificate.
 */
export function identifyService(authenticator: CallerAuthenticator, certificates?: CallerCertificates): IdentifyCaller {
  return async ({ authorization, certificate }) =>
    authorization === undefined ? certificates?.callerOf(certificate) : callerByBearer(authorization, authenticator);
}

/** Authenticates the caller of a request and applies CallerRules to it. Every transport does this before the handler. */
export class Admission {
  readonly #identify: IdentifyCaller;
  readonly #rules: CallerRules;
  readonly #version: () => number;

  /**
   * `version` changes with the configured credentials of services and operators. Callers that were admitted before must then
   * be admitted again.
   */
  constructor(identify: IdentifyCaller, rules: CallerRules, version: () => number = () => 0) {
    this.#identify = identify;
    this.#rules = rules;
    this.#version = version;
  }

  get version(): number {
    return this.#version();
  }

  /**
   * The caller; undefined if it is not identified and the method is open to everyone. Throws UNAUTHENTICATED,
   * PERMISSION_DENIED or UNAVAILABLE.
   */
  async admit(method: DescMethod, credentials: RequestCredentials): Promise<CallerIdentity | undefined> {
    const caller = await this.#identify(credentials);
    this.#rules.require(method, caller);
    return caller;
  }
}

/** The most cached `authorization` values of a method, and as many certificates. Further ones are checked at each call. */
const MAX_CACHED = 256;

/**
 * Admission to one method with a cache of accepted `authorization` values and certificates, because a service sends the same
 * one with every request. Only credentials of services and operators are cached, until their configuration changes; sessions
 * are not, because they expire.
 */
export class CachedAdmission {
  readonly #admission: Admission;
  readonly #method: DescMethod;
  readonly #byAuthorization = new Map<string, CallerIdentity>();
  readonly #byCertificate = new Map<string, CallerIdentity>();
  #version: number;

  constructor(admission: Admission, method: DescMethod) {
    this.#admission = admission;
    this.#method = method;
    this.#version = admission.version;
  }

  /** The caller of cached credentials. If it is undefined, call `admit`. */
  cached(authorization: string | undefined, certificate?: string): CallerIdentity | undefined {
    if (this.#version !== this.#admission.version) this.#clear();
    if (authorization !== undefined) return this.#byAuthorization.get(authorization);
    return certificate === undefined ? undefined : this.#byCertificate.get(certificate);
  }

  /** Admits a call as Admission.admit does, and caches the credential. */
  async admit(authorization: string | undefined, certificate?: string): Promise<CallerIdentity | undefined> {
    const { version } = this.#admission;
    // Never both, so that no caller whom the certificate identified is cached under an `authorization` value.
    const credentials = authorization === undefined ? { authorization, certificate } : { authorization };
    const caller = await this.#admission.admit(this.#method, credentials);
    // Not cached if the configured credentials have changed meanwhile.
    const isCacheable = caller !== undefined && caller.kind !== 'user' && version === this.#version;
    const accepted = authorization === undefined ? this.#byCertificate : this.#byAuthorization;
    const credential = authorization ?? certificate;
    if (credential !== undefined && isCacheable && accepted.size < MAX_CACHED) accepted.set(credential, caller);
    return caller;
  }

  #clear(): void {
    this.#version = this.#admission.version;
    this.#byAuthorization.clear();
    this.#byCertificate.clear();
  }
}
