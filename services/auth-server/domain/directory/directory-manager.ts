import { conflict, invalidFields, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { ActorMode } from '#common/scopes/algebra.ts';
import { type AppUpdates, UPDATE_RETRY_AFTER_SECONDS, UPDATE_WAIT_MS } from '../app/app-updates.ts';
import type { Authority } from '../authority.ts';
import type { Origin } from '../origin.ts';
import type { Database, Stores } from '../stores.ts';
import type { ActorProfile, Membership, Organization, User } from './directory.ts';

/** RFC 2606: this domain never receives mail. */
const BOT_EMAIL_DOMAIN = 'bots.invalid';

/** What a DirectoryManager needs. */
export interface DirectoryManagerDependencies {
  readonly database: Database;
  readonly authority: Authority;
  readonly appUpdates: Pick<AppUpdates, 'finish'>;
  /** Called after each change that may have left installs to update. */
  readonly wakeAppUpdates: () => void;
  readonly clock: Clock;
}

/** What the host platform says of organizations, users and memberships. The caller has checked the fields. */
export class DirectoryManager {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #updates: Pick<AppUpdates, 'finish'>;
  readonly #wakeUpdates: () => void;
  readonly #clock: Clock;

  constructor({ database, authority, appUpdates, wakeAppUpdates, clock }: DirectoryManagerDependencies) {
    this.#database = database;
    this.#authority = authority;
    this.#updates = appUpdates;
    this.#wakeUpdates = wakeAppUpdates;
    this.#clock = clock;
  }

  /**
   * Creates or changes an organization. Without a status it stays as it is. A suspension voids outstanding codes. One that
   * was deleted comes back empty; CONFLICT with a time to retry after while the rows of its former installs are not ended.
   */
  async putOrganization(
    given: Omit<Organization, 'status'> & { readonly status: Organization['status'] | undefined },
    origin: Origin,
  ): Promise<Organization> {
    const namesake = await this.#database.stores.directory.findOrganizationBySubdomain(given.subdomain);
    if (namesake !== undefined && namesake.id !== given.id) {
      throw invalidFields([{ field: 'organization.subdomain', message: 'belongs to another organization' }]);
    }
    await this.#updates.finish({ organization: given.id }, UPDATE_WAIT_MS);
    return this.#authority.change({
      locks: { organizations: { ids: [given.id], mode: 'update' } },
      affects: { organization: given.id },
      ifCacheUnreachable: 'commit',
      changesTokenState: async ({ directory }) => {
        const before = await directory.findOrganization(given.id);
        const { status = before?.status, subdomain } = given;
        return before === undefined || before.status !== status || before.subdomain !== subdomain;
      },
      apply: async ({ appUpdates, directory, codes, audit }) => {
        const now = this.#now();
        const before = await directory.findOrganization(given.id);
        if (before === undefined && (await appUpdates.isPending({ organization: given.id }))) {
          throw conflict('The installs of the deleted organization are still being ended', UPDATE_RETRY_AFTER_SECONDS);
        }
        const organization = { ...given, status: given.status ?? before?.status ?? 'active' };
        await directory.putOrganization(organization, now);
        if (organization.status === 'suspended') await codes.voidOutstanding({ organizationOrOwner: given.id }, now);
        const { subdomain, status } = organization;
        await audit.append(
          { action: 'organization.put', origin, organizationId: given.id, details: { subdomain, status } },
          now,
        );
        return organization;
      },
    });
  }

  /**
   * Ends all authority in the organization and deletes the apps that it owns, in whatever organization they are installed.
   * The rows of installs follow.
   */
  async deleteOrganization(id: number, origin: Origin): Promise<void> {
    const change = this.#authority.change({
      locks: { organizations: { ids: [id], mode: 'update' } },
      affects: { organization: id },
      ifCacheUnreachable: 'commit',
      changesTokenState: async ({ directory }) => (await directory.findOrganization(id)) !== undefined,
      apply: async ({ apps, appUpdates, directory, codes, audit }) => {
        const organization = await directory.findOrganization(id);
        if (organization === undefined) return;
        const now = this.#now();
        await directory.deleteOrganization(id, now);
        const owned = await apps.markOwnedDeleted(id, now);
        const ownedIds = owned.map((app) => app.id);
        await appUpdates.insertOfApps(ownedIds, 'deleted', now);
        await appUpdates.insertOfDeletedOrganization(id, now);
        await codes.voidOutstanding({ organizationOrOwner: id }, now);
        for (const { clientId } of owned) {
          await audit.append({ action: 'app.deleted', origin, organizationId: id, clientId }, now);
        }
        const details = { subdomain: organization.subdomain };
        await audit.append({ action: 'organization.deleted', origin, organizationId: id, details }, now);
      },
    });
    await change.finally(this.#wakeUpdates);
  }

  /** Creates or changes a user. No token answers with a user's name, so nothing has to be fenced. */
  async putUser(user: User): Promise<User> {
    await this.#database.stores.directory.putUser(user, this.#now());
    return user;
  }

  async deleteUser(userId: number, origin: Origin): Promise<void> {
    await this.#authority.change({
      locks: { organizations: { ids: [], mode: 'share' }, user: { id: userId, mode: 'update' } },
      affects: { user: userId },
      ifCacheUnreachable: 'commit',
      apply: async ({ directory, codes, audit }) => {
        if ((await directory.findUser(userId)) === undefined) return;
        const now = this.#now();
        await directory.deleteUser(userId, now);
        await codes.voidOutstanding({ user: userId }, now);
        await audit.append({ action: 'user.deleted', origin, details: { user_id: String(userId) } }, now);
      },
    });
  }

  async putMembership(membership: Membership, origin: Origin): Promise<Membership> {
    const { organizationId, userId, role } = membership;
    const changesTokenState = async ({ directory }: Stores) =>
      (await directory.roleOf(organizationId, userId)) !== role;
    await this.#changeMembership(organizationId, userId, changesTokenState, async ({ directory, audit }) => {
      if ((await directory.findOrganization(organizationId)) === undefined) {
        throw notFound(`There is no organization ${organizationId}; put it first`);
      }
      if ((await directory.findUser(userId)) === undefined) throw notFound(`There is no user ${userId}; put it first`);
      const now = this.#now();
      await directory.putMembership(membership, now);
      await audit.append(
        { action: 'membership.put', origin, organizationId, details: { user_id: String(userId), role } },
        now,
      );
    });
    return membership;
  }

  async deleteMembership(organizationId: number, userId: number, origin: Origin): Promise<void> {
    const changesTokenState = async ({ directory }: Stores) =>
      (await directory.roleOf(organizationId, userId)) !== undefined;
    await this.#changeMembership(organizationId, userId, changesTokenState, async ({ directory, codes, audit }) => {
      if ((await directory.roleOf(organizationId, userId)) === undefined) return;
      const now = this.#now();
      await directory.deleteMembership(organizationId, userId);
      await codes.voidOutstanding({ user: userId, organization: organizationId }, now);
      await audit.append(
        { action: 'membership.deleted', origin, organizationId, details: { user_id: String(userId) } },
        now,
      );
    });
  }

  /** Who a token acts as, for showing; NOT_FOUND for a user who is no member and a bot that is not installed there. */
  async getActor(mode: ActorMode, userId: number, organizationId: number): Promise<ActorProfile> {
    const { directory } = this.#database.stores;
    const organization = await directory.findOrganization(organizationId);
    const user = await (mode === 'app' ? this.#bot(userId, organizationId) : this.#member(userId, organizationId));
    if (organization === undefined || user === undefined) throw notFound('There is no such actor');
    return { ...user, organizationName: organization.name };
  }

  async #member(userId: number, organizationId: number): Promise<User | undefined> {
    const { directory } = this.#database.stores;
    const role = await directory.roleOf(organizationId, userId);
    return role && directory.findUser(userId);
  }

  async #bot(userId: number, organizationId: number): Promise<User | undefined> {
    const bot = await this.#database.stores.directory.findBot(userId, organizationId);
    return bot && { id: userId, name: bot.name, email: `${bot.clientId}@${BOT_EMAIL_DOMAIN}`, profilePicture: '' };
  }

  #changeMembership(
    organizationId: number,
    userId: number,
    changesTokenState: (stores: Stores) => Promise<boolean>,
    apply: (stores: Stores) => Promise<void>,
  ): Promise<void> {
    return this.#authority.change({
      locks: { organizations: { ids: [organizationId], mode: 'share' }, user: { id: userId, mode: 'update' } },
      affects: { user: userId, organization: organizationId },
      ifCacheUnreachable: 'commit',
      changesTokenState,
      apply,
    });
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
