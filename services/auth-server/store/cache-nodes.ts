import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** The Redis primaries of the token-state cache, by name (docs/adr/0020). */
export interface CacheNodeList {
  /** The nodes to which tokens belong. */
  readonly active: readonly string[];
  /** The nodes to which tokens no longer belong. Changes still fence and drop on them. */
  readonly draining: readonly string[];
}

/** All nodes on which changes fence and drop. */
export const allNodes = ({ active, draining }: CacheNodeList): string[] => [...active, ...draining];

export async function readCacheNodes(db: Kysely<Schema>): Promise<CacheNodeList> {
  const { rows } = await sql<{ active: string; draining: string }>`SELECT * FROM public.cache_nodes`.execute(db);
  const [{ active, draining }] = rows as [{ active: string; draining: string }];
  return { active: active.split(' '), draining: draining.split(' ').filter((name) => name !== '') };
}

/**
 * Stores the list that `update` returns. Waits for all changes in progress that have read the list, so that a snapshot with the
 * new list also has every change that used the old one. New changes wait meanwhile, so `update` must be short. Throws
 * UNAVAILABLE if a change in progress takes longer than the lock timeout.
 */
export function changeCacheNodes(
  db: Kysely<Schema>,
  update: (list: CacheNodeList) => Promise<CacheNodeList>,
): Promise<CacheNodeList> {
  return db.transaction().execute(async (transaction) => {
    await sql`SELECT take_lock('cache_nodes', 'update')`.execute(transaction);
    const list = await update(await readCacheNodes(transaction));
    await transaction
      .updateTable('cache_nodes')
      .set({ active: list.active.join(' '), draining: list.draining.join(' ') })
      .execute();
    return list;
  });
}
