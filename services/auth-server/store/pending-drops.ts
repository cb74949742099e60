import { type Kysely, sql } from 'kysely';
import type { Affected } from '../domain/authority/authority.ts';
import type { Schema } from './schema.ts';

/** One cache entry that a change has to drop. */
export interface PendingDrop {
  readonly changeId: Buffer;
  readonly accessHash: Buffer;
}

/**
 * Notes a drop for every live token that the change affects. Run it after the locks, in a statement of its own, so that
 * its snapshot has every pair that was issued before the locks were granted.
 */
export async function notePendingDrops(
  db: Kysely<Schema>,
  changeId: Buffer,
  affects: Affected,
): Promise<PendingDrop[]> {
  const { rows } = await sql<PendingDrop>`
    INSERT INTO pending_drops (change_id, access_hash, install_id)
    SELECT ${changeId}, tokens.access_hash, tokens.install_id
    FROM tokens JOIN installs ON installs.id = tokens.install_id JOIN apps ON apps.id = installs.app_id
    WHERE tokens.ended_at IS NULL AND ${installsOf(affects)}
    RETURNING change_id AS "changeId", access_hash AS "accessHash"`.execute(db);
  return rows;
}

/** What earlier changes of the same installs still owe: a change of them may not succeed before that has landed. */
export async function owedDrops(db: Kysely<Schema>, affects: Affected): Promise<PendingDrop[]> {
  const { rows } = await sql<PendingDrop>`
    SELECT pending_drops.change_id AS "changeId", pending_drops.access_hash AS "accessHash"
    FROM pending_drops JOIN installs ON installs.id = pending_drops.install_id JOIN apps ON apps.id = installs.app_id
    WHERE ${installsOf(affects)}`.execute(db);
  return rows;
}

/** Drops that have been owed for longer than that, oldest first. */
export async function overduePendingDrops(
  db: Kysely<Schema>,
  overdueMs: number,
  limit: number,
): Promise<PendingDrop[]> {
  return db
    .selectFrom('pending_drops')
    .select(['change_id as changeId', 'access_hash as accessHash'])
    .where('created_at', '<', sql<Date>`clock_timestamp() - make_interval(secs => ${overdueMs / 1_000})`)
    .orderBy('created_at')
    .limit(limit)
    .execute();
}

/**
 * Forgets drops that have landed. A row that somebody else is just forgetting (a sweep beside the change itself) is left
 * to them: waiting for each other's rows in different orders would be a deadlock. Its commit does not wait for the disk:
 * rows that a crash of Postgres brings back only cost the sweep a needless drop.
 */
export async function forgetPendingDrops(db: Kysely<Schema>, drops: readonly PendingDrop[]): Promise<void> {
  await sql`
    DELETE FROM pending_drops USING (SELECT set_config('synchronous_commit', 'off', true)) AS not_durable
    WHERE pending_drops.ctid = ANY (ARRAY(
      SELECT owed.ctid FROM pending_drops AS owed JOIN unnest(
        ${drops.map(({ changeId }) => changeId)}::bytea[], ${drops.map(({ accessHash }) => accessHash)}::bytea[]
      ) AS landed (change_id, access_hash) USING (change_id, access_hash)
      FOR UPDATE OF owed SKIP LOCKED
    ))`.execute(db);
}

function installsOf(affects: Affected) {
  if ('install' in affects) {
    const { appId, organizationId } = affects.install;
    return sql`installs.app_id = ${appId} AND installs.organization_id = ${organizationId}`;
  }
  if ('app' in affects) return sql`installs.app_id = ${affects.app}`;
  if ('user' in affects) {
    const everywhere = sql`installs.actor_mode = 'self' AND installs.installed_by = ${affects.user}`;
    if (affects.organization === undefined) return everywhere;
    return sql`${everywhere} AND installs.organization_id = ${affects.organization}`;
  }
  const id = affects.organization;
  return sql`(installs.organization_id = ${id} OR apps.owner_organization_id = ${id})`;
}
