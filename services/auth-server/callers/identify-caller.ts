import { bearerCredential } from '#common/callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '#common/callers/caller.ts';
import { unauthenticated } from '#common/errors/app-error.ts';
import type { SessionVerifier } from '../domain/session/session.ts';

const JWT_SHAPE = /^[\w-]*\.[\w-]*\.[\w-]*$/;

/** Who calls, by the `Authorization` header: a session JWT for users, an opaque token for services and operators. */
export class CallerIdentifier {
  readonly #sessions: SessionVerifier;
  readonly #services: CallerAuthenticator;

  constructor(sessions: SessionVerifier, services: CallerAuthenticator) {
    this.#sessions = sessions;
    this.#services = services;
  }

  /** Undefined without a credential; throws UNAUTHENTICATED for one that is not good. */
  async identify(authorization: string | undefined): Promise<CallerIdentity | undefined> {
    if (authorization === undefined || authorization === '') return undefined;
    const credential = bearerCredential(authorization);
    if (credential === undefined) throw unauthenticated('`authorization` must be `Bearer <credential>`');
    if (JWT_SHAPE.test(credential)) return { kind: 'user', userId: await this.#sessions.verify(credential) };
    const caller = await this.#services.authenticate(credential);
    if (caller === undefined) throw unauthenticated('the credential in `authorization` is not known');
    return caller;
  }

  /** The signed-in user; throws UNAUTHENTICATED for anybody else. */
  async requireUser(authorization: string | undefined): Promise<number> {
    const caller = await this.identify(authorization);
    if (caller?.kind !== 'user') throw unauthenticated('sign in: send a session JWT as `authorization: Bearer …`');
    return caller.userId;
  }
}
