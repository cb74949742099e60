import { type CacheNodeList, changeCacheNodes } from './store/cache-nodes.ts';
import type { PooledDatabase } from './store/postgres/database.ts';
import type { TokenStateNodes } from './token-state/token-state-nodes.ts';

export type NodeAction = 'add' | 'drain' | 'remove';

/** Longer than the wait for a previous primary that does not respond (end-generation.ts). */
const CONNECT_TIMEOUT_MS = 10_000;

/** Changes the list of cache nodes. Responses are correct after each action (docs/adr/0020). */
export class NodeChange {
  readonly #db: PooledDatabase;
  readonly #nodes: TokenStateNodes;

  constructor(db: PooledDatabase, nodes: TokenStateNodes) {
    this.#db = db;
    this.#nodes = nodes;
  }

  /** Throws if the list does not allow the action, or the node cannot be reached. `isLost`: `remove` does not empty it. */
  async run(action: NodeAction, name: string, isLost: boolean): Promise<CacheNodeList> {
    const emptiesNode = action === 'add' || (action === 'remove' && !isLost);
    if (emptiesNode) await this.#nodes.connection(name).untilReady(AbortSignal.timeout(CONNECT_TIMEOUT_MS));
    return changeCacheNodes(this.#db, async (list) => {
      const changed = afterAction(list, action, name);
      // A node is emptied while no token belongs to it in the stored list, so states that are looked up later are not
      // cached there. `add` empties the node too, because it may have been removed as lost and still have states.
      if (emptiesNode) await this.#nodes.connection(name).endGeneration();
      return changed;
    });
  }
}

function afterAction({ active, draining }: CacheNodeList, action: NodeAction, name: string): CacheNodeList {
  const without = (names: readonly string[]) => names.filter((each) => each !== name);
  if (action === 'add') {
    if (active.includes(name)) throw new Error(`The cache node ${name} is already active`);
    return { active: [...active, name], draining: without(draining) };
  }
  if (action === 'drain') {
    if (!active.includes(name)) throw new Error(`The cache node ${name} is not active`);
    if (active.length === 1) throw new Error(`The cache node ${name} is the only active one: add another one first`);
    return { active: without(active), draining: [...draining, name] };
  }
  if (!draining.includes(name)) throw new Error(`The cache node ${name} is not being drained: drain it first`);
  return { active, draining: without(draining) };
}
