import { type ExpressionBuilder, type InferResult, type Kysely, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { App, AppWithSecrets } from '../domain/app/app.ts';
import { APP_FIELD_NAMES, type AppFields, fromAppColumns, toAppColumns } from '../domain/app/app-fields.ts';
import type { Verification } from '../domain/app/app-profile.ts';
import type { AppStore } from '../domain/app/app-store.ts';
import type { AppId, OrganizationId, SecretId } from '../domain/ids.ts';
import type { Paging } from '../domain/paging.ts';
import { selectedLogoHash, selectedLogoSourceHash } from './logo-store.ts';
import type { Schema } from './schema.ts';

export class PgAppStore implements AppStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async insert(clientId: string, ownerOrganizationId: OrganizationId, fields: AppFields, now: Date): Promise<AppId> {
    const { id } = await this.#db
      .insertInto('apps')
      .values({
        client_id: clientId,
        owner_organization_id: ownerOrganizationId,
        ...toAppColumns(fields),
        created_at: now,
        updated_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async update(appId: AppId, fields: AppFields, now: Date): Promise<void> {
    await this.#db
      .updateTable('apps')
      .set({ ...toAppColumns(fields), updated_at: now })
      .where('id', '=', appId)
      .execute();
  }

  async touch(appId: AppId, now: Date): Promise<void> {
    await this.#db.updateTable('apps').set({ updated_at: now }).where('id', '=', appId).execute();
  }

  async setVerification(appId: AppId, verification: Verification): Promise<void> {
    await this.#db.updateTable('apps').set({ verification }).where('id', '=', appId).execute();
  }

  async resetVerificationOfOwned(ownerOrganizationId: OrganizationId, now: Date): Promise<string[]> {
    const rows = await this.#db
      .updateTable('apps')
      .set({ verification: 'not_reviewed', updated_at: now })
      .where('owner_organization_id', '=', ownerOrganizationId)
      .where('deleted_at', 'is', null)
      .returning(['client_id', sql<Verification>`old.verification`.as('before')])
      .execute();
    return rows.filter(({ before }) => before === 'verified').map(({ client_id }) => client_id);
  }

  async setStatus(appId: AppId, status: App['status'], now: Date): Promise<void> {
    await this.#db.updateTable('apps').set({ status, updated_at: now }).where('id', '=', appId).execute();
  }

  async markDeleted(appId: AppId, now: Date): Promise<void> {
    await this.#db.updateTable('apps').set({ deleted_at: now }).where('id', '=', appId).execute();
    await this.#db.deleteFrom('app_secrets').where('app_id', '=', appId).execute();
    await this.#db.deleteFrom('app_logos').where('app_id', '=', appId).execute();
  }

  async markOwnedDeleted(ownerOrganizationId: OrganizationId, now: Date): Promise<{ id: AppId; clientId: string }[]> {
    const { rows } = await sql<{ id: AppId; clientId: string }>`
      WITH deleted AS (
        UPDATE apps SET deleted_at = ${now}
        WHERE owner_organization_id = ${ownerOrganizationId} AND deleted_at IS NULL RETURNING id, client_id
      ), secrets AS (
        DELETE FROM app_secrets WHERE app_id IN (SELECT id FROM deleted)
      ), logos AS (
        DELETE FROM app_logos WHERE app_id IN (SELECT id FROM deleted)
      )
      SELECT id, client_id AS "clientId" FROM deleted`.execute(this.#db);
    return rows;
  }

  async findByClientId(clientId: string): Promise<App | undefined> {
    if (!isStorable(clientId)) return undefined;
    const row = await selectApps(this.#db).where('apps.client_id', '=', clientId).executeTakeFirst();
    return row && toApp(row);
  }

  async findById(appId: AppId): Promise<App | undefined> {
    const row = await selectApps(this.#db).where('apps.id', '=', appId).executeTakeFirst();
    return row && toApp(row);
  }

  async findOwned(
    clientId: string,
    ownerOrganizationId: OrganizationId,
    now: Date,
  ): Promise<AppWithSecrets | undefined> {
    if (!isStorable(clientId)) return undefined;
    const row = await selectOwnedApps(this.#db, ownerOrganizationId, now)
      .where('apps.client_id', '=', clientId)
      .executeTakeFirst();
    return row && toOwnedApp(row);
  }

  async findOwnedId(clientId: string, ownerOrganizationId: OrganizationId): Promise<AppId | undefined> {
    if (!isStorable(clientId)) return undefined;
    const row = await this.#db
      .selectFrom('apps')
      .select('id')
      .where('client_id', '=', clientId)
      .where('owner_organization_id', '=', ownerOrganizationId)
      .executeTakeFirst();
    return row?.id;
  }

  async listOwned(
    ownerOrganizationId: OrganizationId,
    { page, perPage }: Paging,
    now: Date,
  ): Promise<AppWithSecrets[]> {
    const rows = await selectOwnedApps(this.#db, ownerOrganizationId, now)
      .orderBy('apps.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toOwnedApp);
  }

  async insertSecret(appId: AppId, secretHash: CredentialHash, hint: string, now: Date): Promise<void> {
    await this.#db
      .insertInto('app_secrets')
      .values({ app_id: appId, secret_hash: secretHash, hint, created_at: now, last_used_at: null, expires_at: null })
      .execute();
  }

  async recordSecretUsage(secretIds: readonly SecretId[], lastUsedAt: Date): Promise<void> {
    await sql`
      UPDATE app_secrets SET last_used_at = greatest(last_used_at, ${lastUsedAt})
      WHERE id IN (SELECT id FROM app_secrets WHERE id = ANY (${[...secretIds]}::bigint[]) FOR NO KEY UPDATE SKIP LOCKED)`.execute(
      this.#db,
    );
  }

  async expireSecrets(appId: AppId, at: Date, now: Date): Promise<number> {
    // Serializes rotations, so that each sees the secret that the previous rotation added.
    await this.#db.selectFrom('apps').select('id').where('id', '=', appId).forNoKeyUpdate().execute();
    const { numUpdatedRows } = await this.#db
      .updateTable('app_secrets')
      .set({ expires_at: sql<Date>`least(expires_at, ${at})` })
      .where('app_id', '=', appId)
      .where(stillValid(now))
      .executeTakeFirst();
    return Number(numUpdatedRows);
  }
}

/** Postgres rejects text with NUL, so no row can have it. */
export const isStorable = (text: string): boolean => !text.includes('\0');

function selectApps(db: Kysely<Schema>) {
  return db
    .selectFrom('apps')
    .innerJoin('organizations as owner', 'owner.id', 'apps.owner_organization_id')
    .leftJoin('app_logos', 'app_logos.app_id', 'apps.id')
    .where('apps.deleted_at', 'is', null)
    .select(APP_FIELD_NAMES.map((name) => `apps.${name}` as const))
    .select([
      'apps.id',
      'apps.client_id',
      'apps.bot_user_id',
      'apps.verification',
      selectedLogoHash.as('logo_hash'),
      selectedLogoSourceHash.as('logo_source_hash'),
      'apps.status',
      'apps.created_at',
      'apps.updated_at',
      'owner.id as owner_id',
      'owner.subdomain as owner_subdomain',
      'owner.name as owner_name',
      'owner.status as owner_status',
    ]);
}

function selectOwnedApps(db: Kysely<Schema>, ownerOrganizationId: OrganizationId, now: Date) {
  return selectApps(db)
    .where('apps.owner_organization_id', '=', ownerOrganizationId)
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('app_secrets')
          .select(['hint', 'app_secrets.created_at', 'last_used_at', 'expires_at'])
          .whereRef('app_secrets.app_id', '=', 'apps.id')
          .where(stillValid(now))
          .orderBy('app_secrets.id', 'desc'),
      ).as('secrets'),
    );
}

const stillValid = (now: Date) => (eb: ExpressionBuilder<Schema, 'app_secrets'>) =>
  eb.or([eb('app_secrets.expires_at', 'is', null), eb('app_secrets.expires_at', '>', now)]);

type AppRow = InferResult<ReturnType<typeof selectApps>>[number];
type OwnedAppRow = InferResult<ReturnType<typeof selectOwnedApps>>[number];

function toApp(row: AppRow): App {
  return {
    id: row.id,
    clientId: row.client_id,
    ownerOrganization: { id: row.owner_id, subdomain: row.owner_subdomain, name: row.owner_name },
    ownerSuspended: row.owner_status === 'suspended',
    botUserId: row.bot_user_id,
    ...fromAppColumns(row),
    logoHash: row.logo_hash,
    logoSourceHash: row.logo_source_hash,
    verification: row.verification,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toOwnedApp(row: OwnedAppRow): AppWithSecrets {
  const secrets = row.secrets.map(({ hint, created_at, last_used_at, expires_at }) => ({
    hint,
    createdAt: new Date(created_at), // a string in JSON
    lastUsedAt: last_used_at === null ? null : new Date(last_used_at),
    expiresAt: expires_at === null ? null : new Date(expires_at),
  }));
  return { ...toApp(row), secrets };
}
