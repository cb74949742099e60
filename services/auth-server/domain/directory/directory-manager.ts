import { conflict, invalidFields, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { ActorMode } from '#common/scopes/algebra.ts';
import { type AppUpdates, UPDATE_RETRY_AFTER_SECONDS, UPDATE_WAIT_MS } from '../app/app-updates.ts';
import { resetVerificationOfOwned } from '../app/app-verification.ts';
import type { Authority } from '../authority.ts';
import type { OrganizationId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Database, Stores } from '../stores.ts';
import type { ActorProfile, Membership, Organization, User } from './directory.ts';

/** RFC 2606: this domain never receives mail. */
const BOT_EMAIL_DOMAIN = 'bots.invalid';

export interface DirectoryManagerDependencies {
  readonly database: Database;
  readonly authority: Authority;
  readonly appUpdates: Pick<AppUpdates, 'finish'>;
  /** Called after each change that may have left installs to update. */
  readonly wakeAppUpdates: () => void;
  readonly clock: Clock;
}

/** Organizations, users and memberships of the host platform. Callers validate the fields. */
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
   * Creates or changes an organization. Without a status, the current one is kept. A suspension voids outstanding
   * codes. A new name resets verified apps of the organization to not reviewed, because users see the name as that of
   * the developer. A deleted organization is created again without its former data; throws CONFLICT with a retry delay
   * while the rows of its former installs are being updated.
   */
  async putOrganization(
    input: Omit<Organization, 'status'> & { readonly status: Organization['status'] | undefined },
    initiator: Initiator,
  ): Promise<Organization> {
    const subdomainOwner = await this.#database.stores.directory.findOrganizationBySubdomain(input.subdomain);
    if (subdomainOwner !== undefined && subdomainOwner.id !== input.id) {
      throw invalidFields([{ field: 'organization.subdomain', message: 'belongs to another organization' }]);
    }
    await this.#updates.finish({ organization: input.id }, UPDATE_WAIT_MS);
    return this.#authority.change({
      locks: { organizations: { ids: [input.id], mode: 'update' } },
      affects: { organization: input.id },
      changesTokenState: async ({ directory }) => {
        const before = await directory.findOrganization(input.id);
        const { status = before?.status, subdomain } = input;
        return before === undefined || before.status !== status || before.subdomain !== subdomain;
      },
      apply: async (stores) => {
        const { appUpdates, directory, codes, audit } = stores;
        const now = this.#now();
        const before = await directory.findOrganization(input.id);
        if (before === undefined && (await appUpdates.isPending({ organization: input.id }))) {
          throw conflict(
            'The installs of the deleted organization are still being updated; retry',
            UPDATE_RETRY_AFTER_SECONDS,
          );
        }
        const organization = { ...input, status: input.status ?? before?.status ?? 'active' };
        await directory.putOrganization(organization, now);
        if (organization.status === 'suspended') await codes.voidOutstanding({ organizationOrOwner: input.id }, now);
        const { subdomain, status } = organization;
        const details = { subdomain, status, ...(before && { previous_status: before.status }) };
        await audit.append({ action: 'organization.put', initiator, organizationId: input.id, details }, now);
        if (before !== undefined && before.name !== input.name) {
          await resetVerificationOfOwned(stores, input.id, initiator, now);
        }
        return organization;
      },
    });
  }

  /**
   * Ends all installs in the organization, and deletes the apps that it owns, which ends their installs elsewhere. A job
   * updates the rows of these installs.
   */
  async deleteOrganization(id: OrganizationId, initiator: Initiator): Promise<void> {
    const change = this.#authority.change({
      locks: { organizations: { ids: [id], mode: 'update' } },
      affects: { organization: id },
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
        await audit.appendAll(
          owned.map(({ clientId }) => ({ action: 'app.deleted', initiator, organizationId: id, clientId })),
          now,
        );
        const details = { subdomain: organization.subdomain };
        await audit.append({ action: 'organization.deleted', initiator, organizationId: id, details }, now);
      },
    });
    await change.finally(this.#wakeUpdates);
  }

  /** Creates or changes a user. Token states contain none of the changed fields, so nothing is fenced. */
  async putUser(user: User): Promise<User> {
    await this.#database.stores.directory.putUser(user, this.#now());
    return user;
  }

  async deleteUser(userId: UserId, initiator: Initiator): Promise<void> {
    await this.#authority.change({
      locks: { organizations: { ids: [], mode: 'share' }, user: { id: userId, mode: 'update' } },
      affects: { user: userId },
      apply: async ({ directory, codes, audit }) => {
        if ((await directory.findUser(userId)) === undefined) return;
        const now = this.#now();
        await directory.deleteUser(userId, now);
        await codes.voidOutstanding({ user: userId }, now);
        await audit.append({ action: 'user.deleted', initiator, details: { user_id: String(userId) } }, now);
      },
    });
  }

  async putMembership(membership: Membership, initiator: Initiator): Promise<Membership> {
    const { organizationId, userId, role } = membership;
    const changesTokenState = async ({ directory }: Stores) =>
      (await directory.roleOf(organizationId, userId)) !== role;
    await this.#changeMembership(organizationId, userId, changesTokenState, async ({ directory, audit }) => {
      if ((await directory.findOrganization(organizationId)) === undefined) {
        throw notFound(`There is no organization ${organizationId}. Create it first with PutOrganization`);
      }
      if ((await directory.findUser(userId)) === undefined)
        throw notFound(`There is no user ${userId}. Create it first with PutUser`);
      const now = this.#now();
      await directory.putMembership(membership, now);
      await audit.append(
        { action: 'membership.put', initiator, organizationId, details: { user_id: String(userId), role } },
        now,
      );
    });
    return membership;
  }

  async deleteMembership(organizationId: OrganizationId, userId: UserId, initiator: Initiator): Promise<void> {
    const changesTokenState = async ({ directory }: Stores) =>
      (await directory.roleOf(organizationId, userId)) !== undefined;
    await this.#changeMembership(organizationId, userId, changesTokenState, async ({ directory, codes, audit }) => {
      if ((await directory.roleOf(organizationId, userId)) === undefined) return;
      const now = this.#now();
      await directory.deleteMembership(organizationId, userId);
      await codes.voidOutstanding({ user: userId, organization: organizationId }, now);
      await audit.append(
        { action: 'membership.deleted', initiator, organizationId, details: { user_id: String(userId) } },
        now,
      );
    });
  }

  /** Profile of the user or bot that a token acts as. NOT_FOUND unless the user is a member, or the bot has an active install. */
  async getActor(mode: ActorMode, userId: UserId, organizationId: OrganizationId): Promise<ActorProfile> {
    const { directory } = this.#database.stores;
    const organization = await directory.findOrganization(organizationId);
    const user = await (mode === 'app' ? this.#bot(userId, organizationId) : this.#member(userId, organizationId));
    if (organization === undefined || user === undefined) throw notFound('There is no such actor');
    return { ...user, organizationName: organization.name };
  }

  async #member(userId: UserId, organizationId: OrganizationId): Promise<User | undefined> {
    const { directory } = this.#database.stores;
    const role = await directory.roleOf(organizationId, userId);
    return role && directory.findUser(userId);
  }

  async #bot(userId: UserId, organizationId: OrganizationId): Promise<User | undefined> {
    const bot = await this.#database.stores.directory.findBot(userId, organizationId);
    return bot && { id: userId, name: bot.name, email: `${bot.clientId}@${BOT_EMAIL_DOMAIN}`, profilePicture: '' };
  }

  #changeMembership(
    organizationId: OrganizationId,
    userId: UserId,
    changesTokenState: (stores: Stores) => Promise<boolean>,
    apply: (stores: Stores) => Promise<void>,
  ): Promise<void> {
    return this.#authority.change({
      locks: { organizations: { ids: [organizationId], mode: 'share' }, user: { id: userId, mode: 'update' } },
      affects: { user: userId },
      changesTokenState,
      apply,
    });
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
