import { type Kysely, sql } from 'kysely';
import type { Role } from '#common/scopes/algebra.ts';
import type { Membership, Organization, User } from '../domain/directory/directory.ts';
import type { DirectoryStore } from '../domain/directory/directory-store.ts';
import { sandboxIdOf, sandboxOf } from '../domain/directory/sandbox.ts';
import type { OrganizationId, UserId } from '../domain/ids.ts';
import type { Schema } from './schema.ts';

const ORGANIZATION = ['organizations.id', 'subdomain', 'organizations.name', 'organizations.status'] as const;

/** The organization whose members are the members of the selected one. */
export const memberOrganization = sql<OrganizationId>`member_organization(organizations.id)`;

export class PgDirectoryStore implements DirectoryStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async putOrganization(organization: Organization, now: Date): Promise<void> {
    const { id, ...columns } = organization;
    await this.#db
      .insertInto('organizations')
      .values({ id, ...columns })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...columns, deleted_at: null, updated_at: now }))
      .execute();
    const { name, status } = sandboxOf(organization);
    await this.#db
      .updateTable('organizations')
      .set({ name, status, updated_at: now })
      .where('id', '=', sandboxIdOf(id))
      .execute();
  }

  async findOrganization(id: OrganizationId): Promise<Organization | undefined> {
    return this.#db
      .selectFrom('organizations')
      .select(ORGANIZATION)
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
  }

  async deleteOrganization(id: OrganizationId, now: Date): Promise<void> {
    await this.#db.deleteFrom('memberships').where('organization_id', '=', id).execute();
    await this.#db.deleteFrom('install_policies').where('organization_id', '=', id).execute();
    await this.#db.deleteFrom('install_requests').where('organization_id', '=', id).execute();
    await this.#db
      .updateTable('organizations')
      .set({ deleted_at: now, updated_at: now })
      .where('id', 'in', [id, sandboxIdOf(id)])
      .where('deleted_at', 'is', null)
      .execute();
  }

  async findOrganizationBySubdomain(subdomain: string): Promise<Organization | undefined> {
    return this.#db
      .selectFrom('organizations')
      .select(ORGANIZATION)
      .where('subdomain', '=', subdomain)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
  }

  async findOrganizationForUser(subdomain: string, userId: UserId) {
    const found = await this.#db
      .selectFrom('organizations')
      .leftJoin('memberships', (join) => join.on('organization_id', '=', memberOrganization).on('user_id', '=', userId))
      .select([...ORGANIZATION, 'role'])
      .where('subdomain', '=', subdomain)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (found === undefined) return undefined;
    const { role, ...organization } = found;
    return { organization, isAdmin: role === 'admin' };
  }

  async putUser({ id, name, email, profilePicture }: User, now: Date): Promise<void> {
    const columns = { name, email, profile_picture: profilePicture };
    await this.#db
      .insertInto('users')
      .values({ id, ...columns })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...columns, deleted_at: null, updated_at: now }))
      .execute();
  }

  async findUser(id: UserId): Promise<User | undefined> {
    return this.#db
      .selectFrom('users')
      .select(['id', 'name', 'email', 'profile_picture as profilePicture'])
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
  }

  async deleteUser(id: UserId, now: Date): Promise<void> {
    await this.#db.deleteFrom('memberships').where('user_id', '=', id).execute();
    await this.#db.deleteFrom('install_requests').where('requested_by', '=', id).execute();
    await this.#db
      .updateTable('users')
      .set({ deleted_at: now, updated_at: now, name: '', email: '', profile_picture: '' })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
  }

  async putMembership({ organizationId, userId, role }: Membership, now: Date): Promise<void> {
    await this.#db
      .insertInto('memberships')
      .values({ organization_id: organizationId, user_id: userId, role })
      .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ role, updated_at: now }))
      .execute();
  }

  async deleteMembership(organizationId: OrganizationId, userId: UserId): Promise<void> {
    await this.#db
      .deleteFrom('memberships')
      .where('organization_id', '=', organizationId)
      .where('user_id', '=', userId)
      .execute();
    await this.#db
      .deleteFrom('install_requests')
      .where('organization_id', '=', organizationId)
      .where('requested_by', '=', userId)
      .execute();
  }

  async roleOf(organizationId: OrganizationId, userId: UserId): Promise<Role | undefined> {
    const row = await this.#db
      .selectFrom('organizations')
      .innerJoin('memberships', (join) => join.on('organization_id', '=', memberOrganization))
      .select('role')
      .where('organizations.id', '=', organizationId)
      .where('deleted_at', 'is', null)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.role;
  }

  async organizationsOf(userId: UserId): Promise<{ organization: Organization; role: Role }[]> {
    const rows = await this.#db
      .selectFrom('memberships')
      .innerJoin('organizations', (join) => join.on('organization_id', '=', memberOrganization))
      .select([...ORGANIZATION, 'role'])
      .where('user_id', '=', userId)
      .where('deleted_at', 'is', null)
      .orderBy(sql`lower(organizations.name)`)
      .orderBy('organizations.id')
      .execute();
    return rows.map(({ role, ...organization }) => ({ organization, role }));
  }

  async findBot(
    botUserId: UserId,
    organizationId: OrganizationId,
  ): Promise<{ clientId: string; name: string } | undefined> {
    return this.#db
      .selectFrom('apps')
      .innerJoin('current_installs', 'app_id', 'apps.id')
      .select(['client_id as clientId', 'name'])
      .where('bot_user_id', '=', botUserId)
      .where('organization_id', '=', organizationId)
      .where('actor_mode', '=', 'app')
      .where('is_active', '=', true)
      .executeTakeFirst();
  }
}
