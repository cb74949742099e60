import { type Kysely, type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import { type CacheKey, type StampKind, stampKey, tokenKey } from '#common/token-state/keys.ts';
import type { Affected, AuthorityChange } from '../../domain/authority.ts';
import type { Locks } from '../../domain/locks.ts';
import type { TokenStamp } from '../../domain/token/token-store.ts';
import { lockArrays, takeLocks } from '../postgres/locks.ts';
import { queryWithNext } from '../postgres/transactions.ts';
import type { Schema } from '../schema.ts';

/** One cache key that a committed change must drop. */
export interface PendingInvalidation {
  readonly id: number;
  readonly changeId: Buffer;
  readonly key: CacheKey;
}

/** The keys that a change must drop before it returns. */
export interface ChangeInvalidations {
  readonly own: readonly PendingInvalidation[];
  /**
   * Those of earlier changes of the same stamp or, for installs, of the installs, their apps, app owners, organizations and
   * users.
   */
  readonly earlier: readonly PendingInvalidation[];
  /** The nodes on which the keys must be dropped. */
  readonly nodes: readonly string[];
}

interface Row {
  readonly id: number;
  readonly change_id: Buffer;
  readonly access_hash: Buffer | null;
  readonly stamp_kind: StampKind | null;
  readonly stamp_id: number | null;
}
type AffectedStamp = Exclude<Affected, { install: unknown }>;
type BegunRow = Row & { readonly role: 'own' | 'earlier' | 'nodes'; readonly nodes: string | null };

/** SQLSTATE of begin_changes_of_installs for locks that are not free. */
const LOCKS_BUSY = 'LK001';

/** Returns the result of a statement that is sent with the next one; see queryWithNext(). */
type Begun = () => Promise<ChangeInvalidations>;

/**
 * Takes the locks, which may be held already, inserts a row for each affected key if `changesTokenState`, and reads the
 * rows of earlier changes and the list of nodes. Sent with the next statement. The reads follow the locks, so they see
 * everything that was committed before the locks were granted.
 */
export async function beginInvalidation(
  transaction: Kysely<Schema>,
  changeId: Buffer,
  { locks, affects }: Pick<AuthorityChange<unknown>, 'locks' | 'affects'>,
  changesTokenState: boolean,
): Promise<Begun> {
  if ('install' in affects) {
    const atInstall = [{ ...locks, install: affects.install }];
    return begin(transaction, beginAtInstalls(changeId, atInstall, changesTokenState, true));
  }
  await takeLocks(transaction, locks);
  return begin(transaction, beginAtStamp(changeId, affects, changesTokenState));
}

/**
 * The same for grants at different installs, which share a change id. If a lock is not free and `waits` is false, the statement
 * fails, and so does the one that it is sent with; see busyIndexes.
 */
export const beginGrants = (
  transaction: Kysely<Schema>,
  changeId: Buffer,
  locks: readonly Locks[],
  waits: boolean,
): Promise<Begun> => begin(transaction, beginAtInstalls(changeId, locks, true, waits));

async function begin(transaction: Kysely<Schema>, statement: RawBuilder<BegunRow>): Promise<Begun> {
  const fetchRows = await queryWithNext(transaction, statement);
  return async () => toInvalidations(await fetchRows());
}

/** The indexes of the grants whose locks were not free, if that is why beginGrants failed. */
export function busyIndexes(error: unknown): ReadonlySet<number> | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== LOCKS_BUSY) return undefined;
  return new Set(error.detail?.split(',').map((position) => Number(position) - 1));
}

const beginAtInstalls = (changeId: Buffer, locks: readonly Locks[], changesTokenState: boolean, waits: boolean) =>
  sql<BegunRow>`SELECT * FROM begin_changes_of_installs(${changeId}, ${changesTokenState}, ${waits}, ${lockArrays(locks)})`;

function beginAtStamp(changeId: Buffer, affects: AffectedStamp, changesTokenState: boolean) {
  const { kind, id } = stampOf(affects);
  return sql<BegunRow>`
    WITH own AS (
      INSERT INTO pending_invalidations (change_id, stamp_kind, stamp_id)
      SELECT ${changeId}, ${kind}, ${id} WHERE ${changesTokenState} RETURNING *
    )
    SELECT 'own' AS role, own.*, NULL AS nodes FROM own
    UNION ALL
    SELECT 'earlier', earlier.*, NULL FROM pending_invalidations AS earlier
    WHERE stamp_kind = ${kind} AND stamp_id = ${id}
    UNION ALL
    SELECT 'nodes', NULL, NULL, NULL, NULL, NULL, NULL, NULL, nodes_of_change()`;
}

/** The oldest rows that are older than `overdueMs`, at most `limit`. */
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

/** Deletes rows whose keys are dropped. Skips rows that a concurrent sweep or change is deleting. */
export async function deleteInvalidations(db: Kysely<Schema>, dropped: readonly PendingInvalidation[]): Promise<void> {
  await sql`SELECT public.delete_invalidations(${dropped.map(({ id }) => id)})`.execute(db);
}

function stampOf(affects: AffectedStamp): TokenStamp {
  if ('app' in affects) return { kind: 'app', id: affects.app };
  if ('user' in affects) return { kind: 'user', id: affects.user };
  return { kind: 'organization', id: affects.organization };
}

function toInvalidations(rows: readonly BegunRow[]): ChangeInvalidations {
  const of = (role: BegunRow['role']) => rows.filter((row) => row.role === role).map(toInvalidation);
  const nodes = rows.find(({ role }) => role === 'nodes')?.nodes;
  if (!nodes) throw new Error('the list of cache nodes is missing');
  return { own: of('own'), earlier: of('earlier'), nodes: nodes.split(' ') };
}

function toInvalidation({ id, change_id: changeId, access_hash, stamp_kind, stamp_id }: Row): PendingInvalidation {
  const key = access_hash ? tokenKey(access_hash) : stampKey({ kind: stamp_kind as StampKind, id: stamp_id as number });
  return { id, changeId, key };
}
