import { type Kysely, sql } from 'kysely';
import type { OrganizationId } from '../domain/ids.ts';
import { DEFAULT_POLICY, type InstallPolicy } from '../domain/install-policy/install-policy.ts';
import type { InstallPolicyStore, ListedApp } from '../domain/install-policy/install-policy-store.ts';
import type { Schema } from './schema.ts';

export class PgInstallPolicyStore implements InstallPolicyStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(organizationId: OrganizationId): Promise<InstallPolicy> {
    const row = await this.#db
      .selectFrom('install_policies')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .executeTakeFirst();
    return toPolicy(row ?? null);
  }

  async put(organizationId: OrganizationId, policy: InstallPolicy, now: Date): Promise<void> {
    const columns = {
      members_may_request: policy.membersMayRequest,
      only_verified_apps: policy.onlyVerifiedApps,
      allowed_apps: [...policy.allowedApps],
      blocked_apps: [...policy.blockedApps],
      permitted_scopes: [...policy.permittedScopes],
      updated_at: now,
    };
    await this.#db
      .insertInto('install_policies')
      .values({ organization_id: organizationId, ...columns })
      .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(columns))
      .execute();
  }

  async findApps(clientIds: readonly string[]): Promise<ListedApp[]> {
    if (clientIds.length === 0) return [];
    const rows = await this.#db
      .selectFrom('apps')
      .innerJoin('organizations', 'organizations.id', 'owner_organization_id')
      .select([
        'client_id as clientId',
        'apps.name',
        'organizations.id',
        'subdomain',
        'organizations.name as ownerName',
      ])
      .where('client_id', 'in', clientIds)
      .orderBy(sql`lower(apps.name COLLATE pg_c_utf8)`)
      .orderBy('client_id')
      .execute();
    return rows.map(({ clientId, name, id, subdomain, ownerName }) => ({
      clientId,
      name,
      owner: { id, subdomain, name: ownerName },
    }));
  }
}

/** A row of install_policies, or the JSON of one. */
export type PolicyRow = Omit<Schema['install_policies'], 'organization_id' | 'updated_at'>;

export const toPolicy = (row: PolicyRow | null): InstallPolicy =>
  row === null
    ? DEFAULT_POLICY
    : {
        membersMayRequest: row.members_may_request,
        onlyVerifiedApps: row.only_verified_apps,
        allowedApps: row.allowed_apps,
        blockedApps: row.blocked_apps,
        permittedScopes: row.permitted_scopes,
      };
