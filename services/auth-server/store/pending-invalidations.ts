import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type CacheKey, type StampKind, stampKey, tokenKey } from '#common/token-state/keys.ts';
import type { Affected, AuthorityChange } from '../domain/authority.ts';
import type { Locks } from '../domain/locks.ts';
import { lockParameters, takeLocks } from './locks.ts';
import type { Schema } from './schema.ts';
import { queryWithNext } from './transactions.ts';

/** One cache key that a committed change has to drop. */
export interface PendingInvalidation {
  readonly id: number;
  readonly changeId: Buffer;
  readonly key: CacheKey;
}

/** What a change has to drop before it may succeed. */
export interface ChangeInvalidations {
  readonly own: readonly PendingInvalidation[];
  /** Of earlier changes of the same keys, and for an install of all that is above it. */
  readonly outstanding: readonly PendingInvalidation[];
}

interface Row {
  readonly id: number;
  readonly change_id: Buffer;
  readonly access_hash: Buffer | null;
  readonly stamp_kind: StampKind | null;
  readonly stamp_id: number | null;
}
type AffectedStamp = Exclude<Affected, { install: unknown }>;
type BegunRow = Row & { readonly is_own: boolean };

/** What of a change is needed to begin it. */
type Beginning = Pick<AuthorityChange<unknown>, 'locks' | 'affects'>;

/**
 * Takes the locks, which may be held already, inserts a row for the key that the change affects, if `changesTokenState`, and
 * finds what earlier changes have left. Sent with the next statement; what it reads after the locks has every pair that was
 * issued before they were granted.
 */
export async function beginInvalidation(
  transaction: Kysely<Schema>,
  changeId: Buffer,
  { locks, affects }: Beginning,
  changesTokenState: boolean,
): Promise<() => Promise<ChangeInvalidations>> {
  if (!('install' in affects)) await takeLocks(transaction, locks);
  const begin =
    'install' in affects
      ? beginAtInstall(changeId, { ...locks, install: affects.install }, changesTokenState)
      : beginAtStamp(changeId, affects, changesTokenState);
  const begun = await queryWithNext(transaction, begin);
  return async () => {
    const rows = await begun();
    const invalidations = (isOwn: boolean) => rows.filter((row) => row.is_own === isOwn).map(toInvalidation);
    return { own: invalidations(true), outstanding: invalidations(false) };
  };
}

const beginAtInstall = (changeId: Buffer, locks: Locks, changesTokenState: boolean): RawBuilder<BegunRow> =>
  sql`SELECT * FROM begin_change_of_install(${changeId}, ${changesTokenState}, ${lockParameters(locks)})`;

function beginAtStamp(changeId: Buffer, affects: AffectedStamp, changesTokenState: boolean): RawBuilder<BegunRow> {
  const [kind, id] = stampOf(affects);
  return sql`
    WITH own AS (
      INSERT INTO pending_invalidations (change_id, stamp_kind, stamp_id)
      SELECT ${changeId}, ${kind}, ${id} WHERE ${changesTokenState} RETURNING *
    )
    SELECT true AS is_own, own.* FROM own
    UNION ALL
    SELECT false, outstanding.* FROM pending_invalidations AS outstanding
    WHERE stamp_kind = ${kind} AND stamp_id = ${id}`;
}

/** The oldest of those that were committed longer ago than that, at most `limit`. */
export async function overdueInvalidations(
  db: Kysely<Schema>,
  overdueMs: number,
  limit: number,
): Promise<PendingInvalidation[]> {
  const { rows } = await sql<Row>`
    SELECT * FROM pending_invalidations
    WHERE created_at < clock_timestamp() - make_interval(secs => ${overdueMs / 1_000})
    ORDER BY id LIMIT ${limit}`.execute(db);
  return rows.map(toInvalidation);
}

/** Deletes rows whose keys have been dropped, but for those that somebody else is deleting (a sweep beside the change itself). */
export async function deleteInvalidations(db: Kysely<Schema>, dropped: readonly PendingInvalidation[]): Promise<void> {
  await sql`SELECT public.delete_invalidations(${dropped.map(({ id }) => id)})`.execute(db);
}

function stampOf(affects: AffectedStamp): [StampKind, number] {
  if ('app' in affects) return ['app', affects.app];
  if ('user' in affects) return ['user', affects.user];
  return ['organization', affects.organization];
}

function toInvalidation({ id, change_id: changeId, access_hash, stamp_kind, stamp_id }: Row): PendingInvalidation {
  const key = access_hash ? tokenKey(access_hash) : stampKey({ kind: stamp_kind as StampKind, id: stamp_id as number });
  return { id, changeId, key };
}
