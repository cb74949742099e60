import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { conflict, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { CacheInspector } from '../token-state/cache-inspector.ts';
import type { App, AppWithSecrets } from './app/app.ts';
import type { Verification } from './app/app-profile.ts';
import type { AppUpdateProgress } from './app/app-update-store.ts';
import type { AuditEvent, AuditFilter, ExportedEvents } from './audit-store.ts';
import type { Authority } from './authority.ts';
import type { Organization } from './directory/directory.ts';
import { ownerOfSandbox } from './directory/sandbox.ts';
import type { OrganizationId, UserId } from './ids.ts';
import type { Initiator } from './initiator.ts';
import type { Install } from './install/install.ts';
import type { InstallManager } from './install/install-manager.ts';
import { checkActsAs } from './install/own-install-manager.ts';
import type { ListedInvalidations } from './invalidation-store.ts';
import type { Paging } from './paging.ts';
import type { Database, Stores } from './stores.ts';

const MAX_INSTALLS_LISTED = 100;
const MAX_UPDATES_LISTED = 100;
const MAX_INVALIDATIONS_LISTED = 100;
const MAX_INSTALLS_REVOKED = 500;

export interface OperatorDependencies {
  readonly database: Database;
  readonly authority: Authority;
  readonly installs: InstallManager;
  readonly cache: CacheInspector;
  readonly format: CredentialFormat;
  readonly clock: Clock;
}

/** Operations across organizations. */
export class OperatorManager {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #installs: InstallManager;
  readonly #cache: CacheInspector;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor({ database, authority, installs, cache, format, clock }: OperatorDependencies) {
    this.#database = database;
    this.#authority = authority;
    this.#installs = installs;
    this.#cache = cache;
    this.#format = format;
    this.#clock = clock;
  }

  async findApp(clientId: string): Promise<{ app: AppWithSecrets; installs: Install[] }> {
    const { stores } = this.#database;
    const app = await this.#requireApp(stores, clientId);
    return {
      app: await this.#withSecrets(stores, app),
      installs: await stores.installs.listOfApp(app.id, MAX_INSTALLS_LISTED),
    };
  }

  /** Narrowed or deleted apps and deleted organizations whose install rows are still being updated; oldest first, at most 100. */
  listPendingAppUpdates(clientId: string | undefined): Promise<AppUpdateProgress[]> {
    return this.#database.stores.appUpdates.list(MAX_UPDATES_LISTED, clientId);
  }

  /** Cache keys that committed changes have not dropped yet. `redisProblem`: why this server cannot drop them. */
  async listPendingInvalidations(): Promise<ListedInvalidations & { redisProblem: string | undefined }> {
    const pending = await this.#database.stores.invalidations.list(MAX_INVALIDATIONS_LISTED);
    return { ...pending, redisProblem: this.#cache.problem };
  }

  async findInstall(installId: string): Promise<Install> {
    const install = await this.#database.stores.installs.find(installId);
    if (install === undefined) throw notFound(`There is no install ${JSON.stringify(installId)}`);
    return install;
  }

  /** Finds the install of an access or refresh token, active or not. */
  async findInstallByToken(token: string): Promise<Install> {
    const { tokens } = this.#database.stores;
    const hash = hashCredential(token);
    const pair = this.#format.isWellFormed('access_token', token)
      ? await tokens.findByAccess(hash)
      : this.#format.isWellFormed('refresh_token', token) && (await tokens.findByRefresh(hash));
    if (!pair) throw notFound('There is no such token');
    return this.findInstall(pair.installId);
  }

  /** Suspends or resumes an app. When this returns, the new status applies to its tokens everywhere. */
  async setAppStatus(
    clientId: string,
    status: App['status'],
    reason: string,
    initiator: Initiator,
  ): Promise<AppWithSecrets> {
    const { id, ownerOrganization } = await this.#requireApp(this.#database.stores, clientId);
    return this.#authority.change({
      locks: { organizations: { ids: [ownerOrganization.id], mode: 'share' }, app: { id, mode: 'update' } },
      affects: { app: id },
      changesTokenState: async (stores) => (await this.#requireApp(stores, clientId)).status !== status,
      apply: async (stores) => {
        const now = new Date(this.#clock.now());
        const before = await this.#requireApp(stores, clientId);
        if (before.status !== status) {
          await stores.apps.setStatus(id, status, now);
          if (status === 'suspended') await stores.codes.voidOutstanding({ app: id }, now);
          const action = status === 'suspended' ? 'app.suspended' : 'app.resumed';
          await stores.audit.append({ action, initiator, clientId, details: { reason } }, now);
        }
        return this.#withSecrets(stores, before);
      },
    });
  }

  /**
   * Records the result of a review. For `verified`, throws CONFLICT unless the app's `updatedAt` still equals
   * `reviewedUpdatedAt`; otherwise its owner could change it during the review.
   */
  async setAppVerification(
    clientId: string,
    review: { readonly verification: Verification; readonly reviewedUpdatedAt: Date | undefined },
    reason: string,
    initiator: Initiator,
  ): Promise<AppWithSecrets> {
    const { verification, reviewedUpdatedAt } = review;
    const { id, ownerOrganization } = await this.#requireApp(this.#database.stores, clientId);
    const locks = {
      organizations: { ids: [ownerOrganization.id], mode: 'share' },
      app: { id, mode: 'update' },
    } as const;
    return this.#database.transaction(async (stores) => {
      const app = await this.#requireApp(stores, clientId);
      if (verification === 'verified' && reviewedUpdatedAt?.getTime() !== app.updatedAt.getTime()) {
        throw conflict('The app has changed since reviewed_updated_at; read it with FindApp and review it again');
      }
      if (app.verification !== verification) {
        await stores.apps.setVerification(id, verification);
        const action = verification === 'verified' ? 'app.verified' : 'app.unverified';
        await stores.audit.append({ action, initiator, clientId, details: { reason } }, new Date(this.#clock.now()));
      }
      return this.#withSecrets(stores, app);
    }, locks);
  }

  findOrganization(id: OrganizationId): Promise<Organization> {
    return this.#requireOrganization(this.#database.stores, id);
  }

  /** Suspends or resumes an organization: the tokens that act in it, and the tokens of apps that it owns. */
  async setOrganizationStatus(
    id: OrganizationId,
    status: Organization['status'],
    reason: string,
    initiator: Initiator,
  ): Promise<Organization> {
    const owner = ownerOfSandbox(id);
    if (owner !== undefined) throw conflict(`A sandbox has the status of its owner, organization ${owner}`);
    return this.#authority.change({
      locks: { organizations: { ids: [id], mode: 'update' } },
      affects: { organization: id },
      changesTokenState: async (stores) => (await this.#requireOrganization(stores, id)).status !== status,
      apply: async (stores) => {
        const now = new Date(this.#clock.now());
        const before = await this.#requireOrganization(stores, id);
        if (before.status === status) return before;
        const organization = { ...before, status };
        await stores.directory.putOrganization(organization, now);
        if (status === 'suspended') await stores.codes.voidOutstanding({ organizationOrOwner: id }, now);
        const action = status === 'suspended' ? 'organization.suspended' : 'organization.resumed';
        await stores.audit.append({ action, initiator, organizationId: id, details: { reason } }, now);
        return organization;
      },
    });
  }

  async revokeInstall(installId: string, reason: string, initiator: Initiator): Promise<void> {
    const install = await this.findInstall(installId);
    await this.#installs.end(install, 'revoked_by_operator', 'install.revoked', initiator, { reason });
  }

  /**
   * Ends at most 500 `self` installs of a user. Each is read again under its locks, because a later consent may have made it
   * act as another user.
   */
  async revokeInstallsOfUser(
    userId: UserId,
    reason: string,
    initiator: Initiator,
  ): Promise<{ installsEnded: number; hasMore: boolean }> {
    const installs = await this.#database.stores.installs.listCurrentOfUser(userId, MAX_INSTALLS_REVOKED);
    let installsEnded = 0;
    for (const install of installs) {
      const hasEnded = await this.#installs.end(
        install,
        'revoked_by_operator',
        'install.revoked',
        initiator,
        { reason },
        checkActsAs(install.id, userId),
      );
      if (hasEnded) installsEnded++;
    }
    return { installsEnded, hasMore: installs.length === MAX_INSTALLS_REVOKED };
  }

  listAuditEvents(filter: AuditFilter, paging: Paging): Promise<AuditEvent[]> {
    return this.#database.stores.audit.list(filter, paging);
  }

  /** The audit events with ids above `afterId`, in the order of ids, none missed; see AuditStore. */
  exportAuditEvents(afterId: number, limit: number): Promise<ExportedEvents> {
    return this.#database.stores.audit.export(afterId, limit);
  }

  async #requireApp(stores: Stores, clientId: string): Promise<App> {
    const app = await stores.apps.findByClientId(clientId);
    if (app === undefined) throw notFound(`There is no app ${JSON.stringify(clientId)}`);
    return app;
  }

  async #requireOrganization(stores: Stores, id: OrganizationId): Promise<Organization> {
    const organization = await stores.directory.findOrganization(id);
    if (organization === undefined) throw notFound(`There is no organization ${id}`);
    return organization;
  }

  async #withSecrets(stores: Stores, { clientId, ownerOrganization }: App): Promise<AppWithSecrets> {
    const app = await stores.apps.findOwned(clientId, ownerOrganization.id, new Date(this.#clock.now()));
    if (app === undefined) throw notFound(`There is no app ${JSON.stringify(clientId)}`);
    return app;
  }
}
