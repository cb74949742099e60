import type { Role } from '#common/scopes/algebra.ts';
import type { Organization, User } from './directory/directory.ts';
import type { UserId } from './ids.ts';
import type { Database } from './stores.ts';

/** Checks the host platform's session JWTs. */
export interface SessionVerifier {
  /** The id of the signed-in user. Throws UNAUTHENTICATED for an invalid session, UNAVAILABLE if it cannot be checked. */
  verify(jwt: string): Promise<UserId>;
}

/** The signed-in user and their organizations. */
export interface SessionView {
  readonly user: User;
  readonly organizations: readonly { readonly organization: Organization; readonly role: Role }[];
}

export class SessionManager {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A user that the host platform has not created yet, or has deleted, has no name and no organizations. */
  async view(userId: UserId): Promise<SessionView> {
    const { directory } = this.#database.stores;
    const user = (await directory.findUser(userId)) ?? { id: userId, name: '', email: '', profilePicture: '' };
    return { user, organizations: await directory.organizationsOf(userId) };
  }
}
