import { notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { AdminRequest } from '../app/app-manager.ts';
import type { AuditAction, InstallActivity } from '../audit-store.ts';
import type { Authority } from '../authority.ts';
import { requireAdmin } from '../directory/require-admin.ts';
import type { AppId, OrganizationId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Paging } from '../paging.ts';
import type { Database, Stores } from '../stores.ts';
import { enqueueLifecycleEvents } from '../webhook/lifecycle-events.ts';
import type { EndReason, Install } from './install.ts';
import { type InstallFilterRequest, toInstallFilter } from './install-filter.ts';
import type { InstallRef } from './install-store.ts';

export class InstallManager {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #clock: Clock;

  constructor(database: Database, authority: Authority, clock: Clock) {
    this.#database = database;
    this.#authority = authority;
    this.#clock = clock;
  }

  async list(by: AdminRequest, request: InstallFilterRequest, paging: Paging): Promise<Install[]> {
    const filter = toInstallFilter(request, this.#clock.now());
    const organization = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    return this.#database.stores.installs.listCurrent(organization.id, filter, paging);
  }

  /** Includes ended installs, so that an admin can see when the end is visible everywhere. */
  get(by: AdminRequest, installId: string): Promise<Install> {
    return this.#requireInOrganization(by, installId, this.#database.stores.installs.find(installId));
  }

  /** What happened to an install, newest first. The install may have ended. */
  async listActivity(by: AdminRequest, installId: string, paging: Paging): Promise<InstallActivity[]> {
    const { installs, audit } = this.#database.stores;
    return audit.listOfInstall(await this.#requireInOrganization(by, installId, installs.findRef(installId)), paging);
  }

  /**
   * Ends an install of the admin's organization, unless it has ended. Returns once the end is visible everywhere; throws
   * PROPAGATION_PENDING after a timeout.
   */
  async disconnect(by: AdminRequest, installId: string): Promise<void> {
    const install = await this.#requireInOrganization(by, installId, this.#database.stores.installs.findRef(installId));
    await this.end(install, 'disconnected', 'install.disconnected', by.initiator);
  }

  /** Returns once all earlier changes of the install are visible everywhere; throws PROPAGATION_PENDING after a timeout. */
  async awaitPropagation({ appId, organizationId }: { appId: AppId; organizationId: OrganizationId }): Promise<void> {
    await this.#authority.change({
      locks: { organizations: { ids: [organizationId], mode: 'share' }, install: { appId, organizationId } },
      affects: { install: { appId, organizationId } },
      changesTokenState: async () => false,
      apply: async () => {},
    });
  }

  /**
   * Ends a live install and its tokens, and voids the outstanding code of its app and organization. False if it was not
   * live, or if `stillApplies`, which is called under the locks, is false; then nothing changes.
   */
  async end(
    install: InstallRef,
    reason: EndReason,
    action: AuditAction,
    initiator: Initiator,
    details: Readonly<Record<string, string>> = {},
    stillApplies?: (stores: Stores) => Promise<boolean>,
  ): Promise<boolean> {
    const { appId, clientId, id: installId } = install;
    const organizationId = install.organization.id;
    return this.#authority.change({
      locks: {
        organizations: { ids: [organizationId], mode: 'share' },
        app: { id: appId, mode: 'share' },
        install: { appId, organizationId },
      },
      affects: { install: { appId, organizationId } },
      ...(stillApplies && { changesTokenState: stillApplies }),
      apply: async (stores) => {
        if (stillApplies && !(await stillApplies(stores))) return false;
        const now = new Date(this.#clock.now());
        if (!(await stores.installs.end(installId, reason, now))) return false;
        await stores.codes.voidOutstanding({ app: appId, organization: organizationId }, now);
        await enqueueLifecycleEvents(stores.events, 'app_uninstalled', [install], { reason }, now);
        await stores.audit.append({ action, initiator, organizationId, clientId, installId, details }, now);
        return true;
      },
    });
  }

  async #requireInOrganization<I extends InstallRef>(
    by: AdminRequest,
    installId: string,
    finding: Promise<I | undefined>,
  ): Promise<I> {
    const [organization, install] = await Promise.all([
      requireAdmin(this.#database.stores, by.subdomain, by.userId),
      finding,
    ]);
    if (install === undefined || install.organization.id !== organization.id) {
      throw notFound(`There is no install ${JSON.stringify(installId)} in this organization`);
    }
    return install;
  }
}
