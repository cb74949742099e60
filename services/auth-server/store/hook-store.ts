import { type InferResult, type Kysely, sql } from 'kysely';
import { type AppId, type HookId, isHookId, isInstallId, type OrganizationId } from '../domain/ids.ts';
import type { Paging } from '../domain/paging.ts';
import { LIFECYCLE_EVENTS } from '../domain/webhook/event-catalog.ts';
import type { DisabledHook, HookStore } from '../domain/webhook/hook-store.ts';
import type { Hook } from '../domain/webhook/webhook.ts';
import { sendWithNext } from './postgres/transactions.ts';
import type { Schema } from './schema.ts';

export class PgHookStore implements HookStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async findOwned(hookId: string, ownerOrganizationId: OrganizationId): Promise<Hook | undefined> {
    if (!isHookId(hookId)) return undefined;
    const row = await selectHooks(this.#db)
      .where('webhook_hooks.id', '=', hookId)
      .where('apps.owner_organization_id', '=', ownerOrganizationId)
      .executeTakeFirst();
    return row && toHook(row);
  }

  async findOfInstall(installId: string, appId: AppId): Promise<Hook | undefined> {
    if (!isInstallId(installId)) return undefined;
    const row = await selectHooks(this.#db)
      .where('webhook_hooks.install_id', '=', installId)
      .where('webhook_hooks.app_id', '=', appId)
      .executeTakeFirst();
    return row && toHook(row);
  }

  async listOfApp(appId: AppId, { page, perPage }: Paging): Promise<Hook[]> {
    const rows = await selectHooks(this.#db)
      .where('webhook_hooks.app_id', '=', appId)
      .orderBy(sql`webhook_hooks.disabled_at IS NULL`)
      .orderBy(sql`webhook_hooks.install_id IS NOT NULL`)
      .orderBy('webhook_hooks.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toHook);
  }

  async rotateSecret(hookId: HookId, now: Date, previousExpiresAt: Date): Promise<Buffer> {
    const { secret_nonce } = await this.#db
      .updateTable('webhook_hooks')
      .set((eb) => ({
        previous_nonce: eb.ref('secret_nonce'),
        previous_expires_at: previousExpiresAt,
        secret_nonce: sql`DEFAULT`,
        secret_created_at: now,
      }))
      .where('id', '=', hookId)
      .returning('secret_nonce')
      .executeTakeFirstOrThrow();
    return secret_nonce;
  }

  async enable(hookId: HookId): Promise<boolean> {
    const enabled = await this.#db
      .updateTable('webhook_hooks')
      .set({ disabled_at: null })
      .where('id', '=', hookId)
      .where('disabled_at', 'is not', null)
      .returning('id')
      .executeTakeFirst();
    return enabled !== undefined;
  }

  async disable(hookIds: readonly HookId[], now: Date): Promise<DisabledHook[]> {
    const { rows } = await sql<DisabledHook>`
      WITH disabled AS (
        UPDATE webhook_hooks SET disabled_at = ${now}
        WHERE id = ANY(${[...hookIds]}::uuid[]) AND disabled_at IS NULL RETURNING id, app_id, install_id
      )
      SELECT disabled.id, install_id AS "installId", client_id AS "clientId",
        owner_organization_id AS "ownerOrganizationId"
      FROM disabled JOIN apps ON apps.id = app_id`.execute(this.#db);
    await sendWithNext(this.#db, sql`SELECT public.cancel_deliveries(${rows.map(({ id }) => id)})`);
    return rows;
  }
}

/** Hooks of apps and of live installs. Excludes the hooks of deleted apps. */
function selectHooks(db: Kysely<Schema>) {
  return db
    .selectFrom('webhook_hooks')
    .innerJoin('apps', 'apps.id', 'webhook_hooks.app_id')
    .leftJoin('current_installs as installs', 'installs.id', 'webhook_hooks.install_id')
    .leftJoin('organizations as target', 'target.id', 'installs.organization_id')
    .where('apps.deleted_at', 'is', null)
    .where((eb) => eb.or([eb('webhook_hooks.install_id', 'is', null), eb('installs.is_active', '=', true)]))
    .select([
      'webhook_hooks.id',
      'webhook_hooks.app_id',
      'webhook_hooks.install_id',
      'webhook_hooks.disabled_at',
      'webhook_hooks.secret_created_at',
      'webhook_hooks.previous_expires_at',
      'apps.client_id',
      'apps.owner_organization_id',
      'apps.webhook_url',
      'apps.subscribed_webhook_events',
      'installs.granted_webhook_events',
      'target.id as organization_id',
      'target.subdomain',
      'target.name as organization_name',
    ]);
}

function toHook(row: InferResult<ReturnType<typeof selectHooks>>[number]): Hook {
  const { organization_id: id, subdomain, organization_name: name } = row;
  return {
    id: row.id,
    appId: row.app_id,
    clientId: row.client_id,
    ownerOrganizationId: row.owner_organization_id,
    installId: row.install_id,
    organization: id === null || subdomain === null || name === null ? null : { id, subdomain, name },
    url: row.webhook_url,
    events:
      row.granted_webhook_events ?? LIFECYCLE_EVENTS.filter((type) => row.subscribed_webhook_events.includes(type)),
    disabledAt: row.disabled_at,
    secretCreatedAt: row.secret_created_at,
    previousSecretExpiresAt: row.previous_expires_at,
  };
}
