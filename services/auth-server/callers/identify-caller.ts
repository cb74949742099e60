import { callerByBearer } from '#common/callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '#common/callers/caller.ts';
import type { CallerCertificates } from '#common/callers/caller-certificates.ts';
import type { BrowserRequest, RequestCredentials } from '#common/callers/request-credentials.ts';
import { unauthenticated } from '#common/errors/app-error.ts';
import { asUserId, type UserId } from '../domain/ids.ts';
import type { SessionVerifier } from '../domain/session.ts';
import { requireSameOrigin } from './same-origin.ts';
import { sessionCookieOf } from './session-cookie.ts';

const BASIC = /^Basic /i;
const JWT_SHAPE = /^[\w-]*\.[\w-]*\.[\w-]*$/;

export interface WebSessions {
  readonly cookieName: string;
  readonly origin: string;
}

/**
 * Identifies callers by the `Authorization` header, which has a session JWT for users and an opaque token for services and
 * operators. Without the header: by the session cookie on the HTTP port, by the client certificate on the gRPC ports. An empty
 * header is invalid, not missing.
 */
export class CallerIdentifier implements CallerAuthenticator {
  readonly #sessions: SessionVerifier;
  readonly #services: CallerAuthenticator;
  readonly #certificates: CallerCertificates;
  readonly #web: WebSessions;

  constructor(
    sessions: SessionVerifier,
    services: CallerAuthenticator,
    certificates: CallerCertificates,
    web: WebSessions,
  ) {
    this.#sessions = sessions;
    this.#services = services;
    this.#certificates = certificates;
    this.#web = web;
  }

  /**
   * Undefined without a credential or for an unknown certificate. Throws UNAUTHENTICATED for any other invalid credential, and
   * CALLER_NOT_ALLOWED for a session cookie that requireSameOrigin() rejects.
   */
  async identify({ authorization, browser, certificate }: RequestCredentials): Promise<CallerIdentity | undefined> {
    if (authorization === undefined) {
      return browser ? this.#byCookie(browser) : this.#certificates.callerOf(certificate);
    }
    // `Basic` may be meant for a proxy in front of a staging system, so the session cookie counts in spite of it.
    const bySession = BASIC.test(authorization) && browser ? await this.#byCookie(browser) : undefined;
    return bySession ?? callerByBearer(authorization, this);
  }

  async authenticate(credential: string): Promise<CallerIdentity | undefined> {
    return JWT_SHAPE.test(credential) ? this.#user(credential) : this.#services.authenticate(credential);
  }

  /** The signed-in user; throws UNAUTHENTICATED for all other callers. */
  async requireUser(credentials: RequestCredentials): Promise<UserId> {
    const caller = await this.identify(credentials);
    if (caller?.kind !== 'user') throw unauthenticated('sign in: send a session JWT as `authorization: Bearer …`');
    return asUserId(caller.userId);
  }

  async #byCookie(request: BrowserRequest): Promise<CallerIdentity | undefined> {
    const jwt = sessionCookieOf(request.cookie, this.#web.cookieName);
    if (jwt === undefined) return undefined;
    requireSameOrigin(request, this.#web.origin);
    return this.#user(jwt);
  }

  async #user(jwt: string): Promise<CallerIdentity> {
    return { kind: 'user', userId: await this.#sessions.verify(jwt) };
  }
}
