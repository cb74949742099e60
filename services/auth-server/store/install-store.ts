import DataLoader from 'dataloader';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type AppId, type InstallId, isInstallId, type OrganizationId, type UserId } from '../domain/ids.ts';
import type { EndReason, Install } from '../domain/install/install.ts';
import type { InstallFilter } from '../domain/install/install-filter.ts';
import type {
  EndedInstall,
  Grant,
  GrantedInstall,
  InstallGrant,
  InstallRef,
  InstallScope,
  InstallStore,
} from '../domain/install/install-store.ts';
import type { Paging } from '../domain/paging.ts';
import { filterInstalls } from './filter-installs.ts';
import type { Schema } from './schema.ts';
import { actsAsFormerMember, isListed, selectInstalls, toInstall } from './select-installs.ts';

type TimedGrant = Grant & { readonly now: Date };
type Upserted = Omit<GrantedInstall, 'ended'>;

type InstallKey = Pick<Grant, 'appId' | 'organizationId'>;

const keyOf = ({ appId, organizationId }: InstallKey): string => `${appId}:${organizationId}`;

/** Changes that end or narrow many installs first lock them in the order of ids, to avoid deadlocks. */
export class PgInstallStore implements InstallStore {
  readonly #db: Kysely<Schema>;
  /**
   * Combines the calls of grants that share a transaction, each for a different install, into one statement. The result is
   * undefined for an install that has ended but whose row is not updated yet.
   */
  readonly #upserted = new DataLoader<TimedGrant, Upserted | undefined>((grants) => this.#upsertAll(grants), {
    cache: false,
  });

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async put(grant: Grant, now: Date): Promise<GrantedInstall> {
    const granted = await this.#upserted.load({ ...grant, now });
    if (granted !== undefined) return { ...granted, ended: [] };
    const { appId, organizationId } = grant;
    const ids = sql`ARRAY(
      SELECT id FROM installs
      WHERE app_id = ${appId} AND organization_id = ${organizationId} AND status = 'active')`;
    const ended = await this.#end(ids, null, now);
    return { ...((await this.#upserted.load({ ...grant, now })) as Upserted), ended };
  }

  async find(installId: string): Promise<Install | undefined> {
    if (!isInstallId(installId)) return undefined;
    const row = await selectInstalls(this.#db).where('current_installs.id', '=', installId).executeTakeFirst();
    return row && toInstall(row);
  }

  async findRef(installId: string): Promise<InstallRef | undefined> {
    if (!isInstallId(installId)) return undefined;
    const row = await this.#db
      .selectFrom('installs')
      .innerJoin('apps', 'apps.id', 'installs.app_id')
      .innerJoin('organizations', 'organizations.id', 'installs.organization_id')
      .select([
        'installs.id',
        'app_id as appId',
        'client_id as clientId',
        'organization_id as organizationId',
        'subdomain',
      ])
      .where('installs.id', '=', installId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { organizationId, subdomain, ...install } = row;
    return { ...install, organization: { id: organizationId, subdomain } };
  }

  async grantOf(installId: InstallId): Promise<InstallGrant> {
    const { rows } = await sql<InstallGrant>`
      SELECT inactive, scopes FROM public.install_grants WHERE install_id = ${installId}`.execute(this.#db);
    const [grant] = rows;
    if (grant === undefined) throw new Error(`there is no install ${installId}`);
    return grant;
  }

  async findLive(appId: AppId, organizationId: OrganizationId): Promise<Install | undefined> {
    const row = await selectInstalls(this.#db)
      .where('current_installs.app_id', '=', appId)
      .where('current_installs.organization_id', '=', organizationId)
      .where('is_active', '=', true)
      .executeTakeFirst();
    return row && toInstall(row);
  }

  async listCurrent(organizationId: OrganizationId, filter: InstallFilter, paging: Paging): Promise<Install[]> {
    const installs = selectInstalls(this.#db)
      .where('current_installs.organization_id', '=', organizationId)
      .where(isListed);
    const rows = await pageOf(filterInstalls(installs, filter), paging).execute();
    return rows.map(toInstall);
  }

  async listCurrentOfApp(appId: AppId, paging: Paging): Promise<Install[]> {
    const installs = selectInstalls(this.#db)
      .where('current_installs.app_id', '=', appId)
      .where(isListed)
      .orderBy('current_installs.id', 'desc');
    const rows = await pageOf(installs, paging).execute();
    return rows.map(toInstall);
  }

  async listCurrentOfUser(userId: UserId, limit: number): Promise<Install[]> {
    const rows = await selectOfUser(this.#db, userId).orderBy('current_installs.id').limit(limit).execute();
    return rows.map(toInstall);
  }

  async listOwn(userId: UserId, paging: Paging): Promise<Install[]> {
    const installs = selectOfUser(this.#db, userId)
      .where(sql<boolean>`NOT ${actsAsFormerMember}`)
      .orderBy('current_installs.id', 'desc');
    const rows = await pageOf(installs, paging).execute();
    return rows.map(toInstall);
  }

  async countLiveOfApp(appId: AppId): Promise<number> {
    const { count } = await this.#db
      .selectFrom('current_installs')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('app_id', '=', appId)
      .where('is_active', '=', true)
      .executeTakeFirstOrThrow();
    return count;
  }

  async listOfApp(appId: AppId, limit: number): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('current_installs.app_id', '=', appId)
      .orderBy('current_installs.id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toInstall);
  }

  async end(installId: InstallId, reason: EndReason, now: Date): Promise<boolean> {
    const ended = await this.#end(sql`ARRAY[${installId}::uuid]`, reason, now);
    return ended.length > 0;
  }

  endAll(installIds: readonly InstallId[], reason: EndReason, now: Date): Promise<EndedInstall[]> {
    return this.#end(sql`${[...installIds]}`, reason, now);
  }

  async lockPage(of: InstallScope | 'all', afterId: InstallId, limit: number): Promise<InstallId[]> {
    const which = of === 'all' ? sql`true` : belongsTo(of);
    // Locks the page in a second step, so that rows that a concurrent change ends do not make the page shorter.
    const { rows } = await sql<{ id: InstallId }>`
      WITH page AS MATERIALIZED (
        SELECT id FROM installs
        WHERE ${which} AND status = 'active' AND id > ${afterId}
        ORDER BY id LIMIT ${limit}
      )
      SELECT id FROM installs WHERE id IN (SELECT id FROM page) ORDER BY id FOR NO KEY UPDATE`.execute(this.#db);
    return rows.map(({ id }) => id);
  }

  recordEnds(installIds: readonly InstallId[], endedAt: Date): Promise<EndedInstall[]> {
    return this.#end(sql`${[...installIds]}`, null, endedAt);
  }

  async narrowToApp(installIds: readonly InstallId[]): Promise<void> {
    await sql`
      UPDATE installs SET
        granted_scopes = intersect_in_order(granted_scopes, declared_scopes),
        granted_webhook_events = intersect_in_order(granted_webhook_events, subscribed_webhook_events)
      FROM apps
      WHERE installs.id = ANY (${[...installIds]}::uuid[]) AND installs.status = 'active' AND apps.id = installs.app_id
        AND NOT (granted_scopes <@ declared_scopes AND granted_webhook_events <@ subscribed_webhook_events)`.execute(
      this.#db,
    );
  }

  async recordUsage(installIds: readonly InstallId[], lastUsedAt: Date): Promise<void> {
    // In the order of ids, so that servers that write the same rows do not deadlock.
    await sql`
      INSERT INTO install_usage AS usage (install_id, last_used_at)
      SELECT DISTINCT id, ${lastUsedAt}::timestamptz FROM unnest(${[...installIds]}::uuid[]) AS id ORDER BY id
      ON CONFLICT (install_id) DO UPDATE SET last_used_at = excluded.last_used_at
      WHERE usage.last_used_at < excluded.last_used_at`.execute(this.#db);
  }

  async #upsertAll(grants: readonly TimedGrant[]): Promise<(Upserted | undefined)[]> {
    const column = <T>(of: (grant: TimedGrant) => T) => grants.map(of);
    const { rows } = await sql<Upserted & InstallKey>`
      SELECT id, is_new AS "isNew", app_id AS "appId", organization_id AS "organizationId" FROM put_installs(
        ${column(({ appId }) => appId)}, ${column(({ organizationId }) => organizationId)},
        ${column(({ installedBy }) => installedBy)}, ${column(({ actorMode }) => actorMode)},
        ${column(({ scopes }) => scopes.join(' '))}, ${column(({ webhookEvents }) => webhookEvents.join(' '))},
        ${column(({ now }) => now)})`.execute(this.#db);
    const installs = new Map(rows.map(({ id, isNew, ...install }) => [keyOf(install), { id, isNew }]));
    return grants.map((grant) => installs.get(keyOf(grant)));
  }

  /** With a reason, ends active installs. Without one, records the end of installs that current_installs shows as ended. */
  async #end(installIds: RawBuilder<unknown>, reason: EndReason | null, endedAt: Date): Promise<EndedInstall[]> {
    const { rows } = await sql<
      Omit<EndedInstall, 'organization'> & { organizationId: OrganizationId; subdomain: string }
    >`
      SELECT id, app_id AS "appId", organization_id AS "organizationId", subdomain, end_reason AS "endReason"
      FROM end_installs(${installIds}, ${reason}, ${endedAt})`.execute(this.#db);
    return rows.map(({ organizationId: id, subdomain, ...install }) => ({
      ...install,
      organization: { id, subdomain },
    }));
  }
}

/** Active and disconnecting installs whose tokens act as the user. */
const selectOfUser = (db: Kysely<Schema>, userId: UserId) =>
  selectInstalls(db)
    .where('current_installs.installed_by', '=', userId)
    .where('current_installs.actor_mode', '=', 'self')
    .where(isListed);

/** Whether a row with the columns `app_id` and `organization_id` belongs to the scope. */
export const belongsTo = (scope: InstallScope) =>
  'app' in scope ? sql<boolean>`app_id = ${scope.app}` : sql<boolean>`organization_id = ${scope.organization}`;

const pageOf = (installs: ReturnType<typeof selectInstalls>, { page, perPage }: Paging) =>
  installs.limit(perPage).offset((page - 1) * perPage);
