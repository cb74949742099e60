import { bearerCredential } from '#common/callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '#common/callers/caller.ts';
import { unauthenticated } from '#common/errors/app-error.ts';
import type { SessionVerifier } from '../domain/session/session.ts';
import { type BrowserRequest, requireSameOrigin } from './same-origin.ts';
import { sessionCookieOf } from './session-cookie.ts';

const JWT_SHAPE = /^[\w-]*\.[\w-]*\.[\w-]*$/;

/** What a request shows of who sent it. */
export interface CallerEvidence {
  readonly authorization: string | undefined;
  /** Left out on a wire that browsers do not speak: no cookie counts there. */
  readonly browser?: BrowserRequest;
}

/** The evidence of a request over HTTP, by its method and headers. */
export function webEvidence(method: string, header: (name: string) => string | undefined): CallerEvidence {
  const browser = {
    method,
    cookie: header('cookie'),
    origin: header('origin'),
    secFetchSite: header('sec-fetch-site'),
  };
  return { authorization: header('authorization'), browser };
}

export interface WebSessions {
  readonly cookieName: string;
  /** Where our own pages are. */
  readonly origin: string;
}

/**
 * Who calls: by the `Authorization` header, a session JWT for users and an opaque token for services and operators; or,
 * without that header, by the session cookie.
 */
export class CallerIdentifier {
  readonly #sessions: SessionVerifier;
  readonly #services: CallerAuthenticator;
  readonly #web: WebSessions;

  constructor(sessions: SessionVerifier, services: CallerAuthenticator, web: WebSessions) {
    this.#sessions = sessions;
    this.#services = services;
    this.#web = web;
  }

  /** Undefined without a credential; throws UNAUTHENTICATED for one that is not good. */
  async identify({ authorization, browser }: CallerEvidence): Promise<CallerIdentity | undefined> {
    if (authorization === undefined || authorization === '') return browser && this.#byCookie(browser);
    const credential = bearerCredential(authorization);
    if (credential === undefined) throw unauthenticated('`authorization` must be `Bearer <credential>`');
    if (JWT_SHAPE.test(credential)) return this.#user(credential);
    const caller = await this.#services.authenticate(credential);
    if (caller === undefined) throw unauthenticated('the credential in `authorization` is not known');
    return caller;
  }

  /** The signed-in user; throws UNAUTHENTICATED for anybody else. */
  async requireUser(evidence: CallerEvidence): Promise<number> {
    const caller = await this.identify(evidence);
    if (caller?.kind !== 'user') throw unauthenticated('sign in: send a session JWT as `authorization: Bearer …`');
    return caller.userId;
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
