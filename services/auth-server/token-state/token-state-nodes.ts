import { unavailable } from '#common/errors/app-error.ts';
import type { Log } from '#common/process/log.ts';
import { parseCacheNodes } from '#common/redis/cache-nodes.ts';
import { serversOf } from '#common/redis/redis-url.ts';
import type { CacheKey } from '#common/token-state/keys.ts';
import type { RedisOptions } from '#common/token-state/redis-options.ts';
import { TokenStateCache, type TokenStateFence } from './cache.ts';
import { RedisConnection } from './redis-connection.ts';

/** Invalidation on several nodes. Calls resolve when each node has confirmed them, and reject if one does not. */
export interface NodesFence {
  /** The names of the nodes in `REDIS_URL`. */
  readonly names: readonly string[];
  fence(changeId: Buffer, keys: readonly CacheKey[], nodes: readonly string[]): Promise<void>;
  drop(changeId: Buffer, keys: readonly CacheKey[], nodes: readonly string[]): Promise<void>;
}

interface Node {
  readonly connection: RedisConnection;
  readonly cache: TokenStateCache;
  readonly fence: TokenStateFence;
}

/** The configured nodes of the token-state cache. Each has its own connection, generation and stamps (docs/adr/0020). */
export class TokenStateNodes implements NodesFence {
  readonly #nodes: ReadonlyMap<string, Node>;

  /** `options.url`: see parseCacheNodes(). `fenceOf` replaces the fence of a node in tests. */
  constructor(
    options: RedisOptions,
    log?: Log,
    fenceOf: (cache: TokenStateFence, connection: RedisConnection) => TokenStateFence = (cache) => cache,
  ) {
    const open = (name: string, url: string): Node => {
      const connection = new RedisConnection(
        { ...options, url },
        log?.child({ cache_node: name, servers: serversOf(url) }),
      );
      const cache = new TokenStateCache(connection);
      return { connection, cache, fence: fenceOf(cache, connection) };
    };
    this.#nodes = new Map(parseCacheNodes(options.url).map(({ name, url }) => [name, open(name, url)]));
  }

  async fence(changeId: Buffer, keys: readonly CacheKey[], nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map(async (name) => this.#node(name).fence.fence(changeId, keys)));
  }

  async drop(changeId: Buffer, keys: readonly CacheKey[], nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map(async (name) => this.#node(name).fence.drop(changeId, keys)));
  }

  /** The cache of a node, for reading its stamps; undefined without a node of this name. */
  stampsAt(node: string): TokenStateCache | undefined {
    return this.#nodes.get(node)?.cache;
  }

  /** The names of the configured nodes. */
  get names(): string[] {
    return [...this.#nodes.keys()];
  }

  /** Resolves when every node can be used; rejects with the reason if one cannot within the time. */
  async untilReady(timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    const all = [...this.#nodes.values()].map(({ connection }) => connection.untilReady(signal));
    await Promise.all(all).catch(() => {
      throw new Error(this.problem ?? 'redis cannot be reached');
    });
  }

  /** The connection to a node; throws UNAVAILABLE without one of this name. */
  connection(name: string): RedisConnection {
    return this.#node(name).connection;
  }

  /** Why a node cannot be used, for operators; undefined if all can. */
  get problem(): string | undefined {
    for (const [name, { connection }] of this.#nodes) {
      const { problem } = connection;
      if (problem !== undefined) return this.#nodes.size === 1 ? problem : `${problem} (cache node ${name})`;
    }
    return undefined;
  }

  /** Why this server cannot invalidate keys on all of these nodes; undefined if it can. */
  whyIncomplete(nodes: readonly string[]): string | undefined {
    const missing = nodes.find((name) => !this.#nodes.has(name));
    return missing && `REDIS_URL has no cache node ${missing}`;
  }

  /** How often the generation of each node has changed. */
  get generationChanges(): Record<string, number> {
    return Object.fromEntries([...this.#nodes].map(([name, { connection }]) => [name, connection.generationChanges]));
  }

  close(): void {
    for (const { connection } of this.#nodes.values()) connection.close();
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw unavailable(`REDIS_URL has no cache node ${name}`);
    return node;
  }
}
