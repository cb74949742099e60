import type { CacheKey } from '#common/token-state/keys.ts';
import type { NodesFence } from '../../token-state/token-state-nodes.ts';

/**
 * How old the early fence may be when the statements of the change are done. The transaction ends at most 60 s after its BEGIN
 * (15 s by default), so the fence (5 min) is still there at its COMMIT, even if this process was paused before BEGIN.
 */
const MAX_AGE_MS = 60_000;

/**
 * The fence of a change. The keys that the change is expected to drop are fenced while its first statements run, on all nodes
 * in REDIS_URL. Keys and nodes are certain only under the locks; what is missing then is fenced before the commit.
 */
export class ChangeFence {
  readonly #cache: NodesFence;
  readonly #changeId: Buffer;
  readonly #expected: readonly CacheKey[];
  readonly #startedAt = performance.now();
  /** The early fences, by the name of the node. */
  readonly #early = new Map<string, Promise<void>>();
  #keys: readonly CacheKey[] = [];
  #nodes: readonly string[] = [];

  constructor(cache: NodesFence, changeId: Buffer, expected: readonly CacheKey[]) {
    this.#cache = cache;
    this.#changeId = changeId;
    this.#expected = expected;
    if (expected.length === 0) return;
    for (const name of cache.names) {
      const set = cache.fence(changeId, expected, [name]);
      set.catch(() => {}); // complete() throws the error if the node is needed
      this.#early.set(name, set);
    }
  }

  /** Returns when all of `keys` are fenced on all of `nodes`. Removes the early fence of other keys, without waiting. */
  async complete(keys: readonly CacheKey[], nodes: readonly string[]): Promise<void> {
    [this.#keys, this.#nodes] = [keys, nodes];
    this.#drop(without(this.#expected, keys));
    if (keys.length === 0) return;
    const isRecent = performance.now() - this.#startedAt < MAX_AGE_MS;
    const early = isRecent ? nodes.filter((name) => this.#early.has(name)) : [];
    const late = nodes.filter((name) => !early.includes(name));
    await Promise.all([
      ...early.map((name) => this.#early.get(name)),
      this.#fence(without(keys, this.#expected), early),
      this.#fence(keys, late),
    ]);
  }

  /** Removes the fence of a change that will not be committed, without waiting. Otherwise its keys would be misses for 5 min. */
  abandon(): void {
    this.#drop([...this.#expected, ...without(this.#keys, this.#expected)]);
  }

  async #fence(keys: readonly CacheKey[], nodes: readonly string[]): Promise<void> {
    if (keys.length > 0 && nodes.length > 0) await this.#cache.fence(this.#changeId, keys, nodes);
  }

  #drop(keys: readonly CacheKey[]): void {
    const nodes = [...new Set([...this.#early.keys(), ...this.#nodes])];
    if (keys.length > 0) void this.#cache.drop(this.#changeId, keys, nodes).catch(() => {});
  }
}

const without = (keys: readonly CacheKey[], others: readonly CacheKey[]): CacheKey[] =>
  keys.filter((key) => !others.some((other) => other.equals(key)));
