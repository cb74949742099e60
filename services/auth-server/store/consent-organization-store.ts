import { type Kysely, sql } from 'kysely';
import { jsonObjectFrom } from 'kysely/helpers/postgres';
import type { App } from '../domain/app/app.ts';
import type {
  ConsentOrganizationStore,
  ListedOrganization,
  OrganizationFilter,
} from '../domain/consent/consent-organization.ts';
import { sandboxIdOf } from '../domain/directory/sandbox.ts';
import type { OrganizationId, UserId } from '../domain/ids.ts';
import { memberOrganization } from './directory-store.ts';
import { type PolicyRow, toPolicy } from './install-policy-store.ts';
import { matchesSearch } from './matches-search.ts';
import type { Schema } from './schema.ts';
import { type InstallRow, selectInstalls, toInstall } from './select-installs.ts';

/** Enough to find an admin to ask, without listing all of them. */
const MAX_ADMIN_NAMES = 5;

export class PgConsentOrganizationStore implements ConsentOrganizationStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async list(
    userId: UserId,
    app: Pick<App, 'id' | 'ownerOrganization'>,
    filter: OrganizationFilter,
  ): Promise<ListedOrganization[]> {
    // Installs and admins are looked up only for the rows of the page.
    const installed = selectInstalls(this.#db)
      .where('current_installs.app_id', '=', app.id)
      .where('current_installs.organization_id', '=', sql.ref<OrganizationId>('page.id'))
      .where('is_active', '=', true);
    const rows = await this.#db
      .selectFrom(selectPage(this.#db, userId, sandboxIdOf(app.ownerOrganization.id), filter).as('page'))
      .selectAll()
      .select([jsonObjectFrom(installed).as('installed'), adminNames.as('adminNames'), policy.as('policy')])
      .orderBy('mayInstall', 'desc')
      .orderBy('isSandbox', 'desc')
      .orderBy('lowerName')
      .orderBy('id')
      .execute();
    return rows.map(({ id, subdomain, name, status, role, mayInstall, installed: install, adminNames, policy }) => ({
      organization: { id, subdomain, name, status },
      role,
      mayInstall,
      installed: install === null ? undefined : toInstall(fromJson(install)),
      adminNames,
      policy: toPolicy(policy),
    }));
  }
}

function selectPage(
  db: Kysely<Schema>,
  userId: UserId,
  sandbox: OrganizationId,
  { search, paging }: OrganizationFilter,
) {
  const { page, perPage } = paging;
  return db
    .selectFrom('memberships')
    .innerJoin('organizations', (join) => join.on('organization_id', '=', memberOrganization))
    .select(['organizations.id', 'subdomain', 'organizations.name', 'organizations.status', 'role'])
    .select([mayInstall.as('mayInstall'), isSandbox.as('isSandbox'), lowerName.as('lowerName')])
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .where((where) => where.or([where.not(isSandbox), where('organizations.id', '=', sandbox)]))
    .$if(search !== '', (query) => query.where(matches(search)))
    .orderBy('mayInstall', 'desc')
    .orderBy('isSandbox', 'desc')
    .orderBy('lowerName')
    .orderBy('organizations.id')
    .limit(perPage)
    .offset((page - 1) * perPage);
}

const mayInstall = sql<boolean>`role = 'admin' AND organizations.status = 'active'`;
const isSandbox = sql<boolean>`organizations.id <> organization_id`;
const lowerName = sql<string>`lower(organizations.name)`;

const matches = (search: string) => sql<boolean>`(
  ${matchesSearch(sql.ref('organizations.name'), search)} OR ${matchesSearch(sql.ref('subdomain'), search)})`;

const policy = sql<PolicyRow | null>`(
  SELECT to_jsonb(install_policies) FROM install_policies WHERE organization_id = page.id)`;

/** The admins with the lowest ids, found by index without reading all members. */
const adminNames = sql<string[]>`CASE WHEN role = 'admin' THEN '{}' ELSE ARRAY(
  SELECT name FROM (
    SELECT users.id, users.name FROM memberships JOIN users ON users.id = memberships.user_id
    WHERE memberships.organization_id = member_organization(page.id) AND memberships.role = 'admin' AND users.deleted_at IS NULL
    ORDER BY memberships.user_id LIMIT ${sql.lit(MAX_ADMIN_NAMES)}) AS admins
  ORDER BY lower(name), id) END`;

/** Timestamps are strings in JSON. */
function fromJson(row: Omit<InstallRow, 'installedAt' | 'lastUsedAt'> & InstallTimesInJson): InstallRow {
  const { installedAt, lastUsedAt, ...rest } = row;
  return { ...rest, installedAt: new Date(installedAt), lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt) };
}

interface InstallTimesInJson {
  readonly installedAt: string;
  readonly lastUsedAt: string | null;
}
