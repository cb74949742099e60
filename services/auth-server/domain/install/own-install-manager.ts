import { notFound } from '#common/errors/app-error.ts';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import type { InstallId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Paging } from '../paging.ts';
import type { Database, Stores } from '../stores.ts';
import type { Install } from './install.ts';
import type { InstallManager } from './install-manager.ts';

/** An install whose tokens act as the user, and what they allow in the user's current role. */
export interface OwnInstall extends Install {
  readonly effectiveScopes: readonly string[];
}

/** The installs that act as a user, in all organizations that the user is a member of, whatever the role there (ADR 24). */
export class OwnInstallManager {
  readonly #database: Database;
  readonly #installs: InstallManager;

  constructor(database: Database, installs: InstallManager) {
    this.#database = database;
    this.#installs = installs;
  }

  async list(userId: UserId, paging: Paging): Promise<OwnInstall[]> {
    const { directory, installs } = this.#database.stores;
    const [page, memberships] = await Promise.all([
      installs.listOwn(userId, paging),
      directory.organizationsOf(userId),
    ]);
    const roles = new Map(memberships.map(({ organization, role }) => [organization.id, role]));
    return page.map((install) => ({
      ...install,
      effectiveScopes: effectiveScopes(install.grantedScopes, 'self', roles.get(install.organization.id)),
    }));
  }

  /**
   * Ends an install that acts as the user, unless it has ended. Throws NOT_FOUND if no such install exists or the user is no
   * longer a member. Returns once the end is visible everywhere; throws PROPAGATION_PENDING after a timeout. Ends nothing if a
   * concurrent consent has made the install act as another user or as the app's bot.
   */
  async disconnect(userId: UserId, installId: string, initiator: Initiator): Promise<void> {
    const install = await this.#database.stores.installs.find(installId);
    if (install === undefined || !isInstallOfUser(install, userId) || install.actsAsFormerMember) {
      throw notFound(`No install ${JSON.stringify(installId)} acts as you`);
    }
    const auditDetails = { reason: 'disconnected by the user whom it acts as' };
    const stillApplies = checkActsAs(install.id, userId);
    await this.#installs.end(install, 'disconnected', 'install.disconnected', initiator, auditDetails, stillApplies);
  }
}

/**
 * Returns a check that `InstallManager.end` runs under its locks: whether the install still acts as the user. A consent given
 * since the look-up may have made it act as another user or as the app's bot. True for an ended install, so that a disconnect can be
 * repeated.
 */
export const checkActsAs =
  (installId: InstallId, userId: UserId) =>
  async ({ installs }: Stores): Promise<boolean> => {
    const install = await installs.find(installId);
    return install !== undefined && isInstallOfUser(install, userId);
  };

const isInstallOfUser = ({ actorMode, installedBy }: Install, userId: UserId): boolean =>
  actorMode === 'self' && installedBy === userId;
