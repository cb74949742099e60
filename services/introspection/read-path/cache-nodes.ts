import type { Clock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import { parseCacheNodes } from '#common/redis/cache-nodes.ts';
import { serversOf } from '#common/redis/redis-url.ts';
import type { Responder } from '#common/rpc/responder.ts';
import { NodeList } from '#common/token-state/node-list.ts';
import type { RedisOptions } from '#common/token-state/redis-options.ts';
import { type CacheMetrics, sumOfCaches } from '../metrics.ts';
import type { AuthServerClient, StateSource } from './auth-server.ts';
import { EntryCache } from './redis/entry-cache.ts';
import { type LoadLimits, type ReadOptions, StateLoader } from './state-loader.ts';
import { TokenReader } from './token-reader.ts';

export interface CacheNodesDependencies {
  /** `url`: see parseCacheNodes(). */
  readonly redis: RedisOptions;
  readonly authServer: AuthServerClient;
  /** The limits for each node. */
  readonly limits: LoadLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly overrides: NodeOverrides;
}

/** Replacements of the parts of each node, for tests. */
export interface NodeOverrides {
  readonly cache?: (cache: EntryCache) => Pick<EntryCache, 'read' | 'lease' | 'fill' | 'generation'>;
  readonly source?: (source: StateSource) => StateSource;
}

/** The connection to a Redis primary, and the parts that read and fill its cache. */
interface CacheNode {
  readonly cache: EntryCache;
  readonly loader: StateLoader;
  readonly reader: TokenReader;
}

/**
 * The configured nodes of the token-state cache. A token is read from the node to which it belongs by the list in
 * auth-server's last reply. An old list is safe: changes drop on each node that may have states (docs/adr/0020).
 */
export class CacheNodes {
  readonly #dependencies: CacheNodesDependencies;
  readonly #nodes: ReadonlyMap<string, CacheNode>;
  /** The list in auth-server's last reply; until then, all nodes of the configuration. */
  #received: NodeList;
  /** The nodes of the received list that are configured; if there are none, all that are configured. */
  #usable: NodeList;

  constructor(dependencies: CacheNodesDependencies) {
    this.#dependencies = dependencies;
    const configured = parseCacheNodes(dependencies.redis.url);
    this.#nodes = new Map(configured.map(({ name, url }) => [name, this.#open(name, url)]));
    this.#received = new NodeList([...this.#nodes.keys()]);
    this.#usable = this.#received;
  }

  read(tokenHash: Buffer, options: ReadOptions, responder: Responder): void {
    const { reader } = this.#nodes.get(this.#usable.homeOf(tokenHash) as string) as CacheNode;
    reader.read(tokenHash, options, responder);
  }

  /** Resolves after the first handshake with every node. */
  get whenReady(): Promise<unknown> {
    return Promise.all(Array.from(this.#nodes.values(), ({ cache }) => cache.whenReady));
  }

  /** Counters since the start, and gauges. */
  get metrics(): CacheMetrics {
    const missing = Object.fromEntries(this.#missing.map((name) => [name, 1]));
    const { redisUnreachable, ...metrics } = sumOfCaches([...this.#nodes].map(metricsOf));
    return { ...metrics, redisUnreachable: { ...redisUnreachable, ...missing } };
  }

  close(): void {
    for (const { cache } of this.#nodes.values()) cache.close();
  }

  /** Nodes of the received list that REDIS_URL lacks. */
  get #missing(): readonly string[] {
    return this.#received.names.filter((name) => !this.#nodes.has(name));
  }

  #open(name: string, url: string): CacheNode {
    const { redis, limits, clock, log, overrides } = this.#dependencies;
    const cache = new EntryCache({ ...redis, url }, log.child({ cache_node: name, servers: serversOf(url) }));
    const entries = overrides.cache?.(cache) ?? cache;
    const states = this.#statesFor(name);
    const source = overrides.source?.(states) ?? states;
    const loader = new StateLoader({ cache: entries, source, limits, clock });
    return { cache, loader, reader: new TokenReader({ cache: entries, loader, clock }) };
  }

  /**
   * The states for one node. A state may be cached there only if its token belongs to the node in the list that was read
   * together with the state: later changes need not drop on nodes that are not in this list (docs/adr/0020).
   */
  #statesFor(name: string): StateSource {
    return {
      getTokenStates: async (tokenHashes) => {
        const response = await this.#dependencies.authServer.getTokenStates(tokenHashes, name);
        const list = this.#receive(response.cacheNodes);
        for (const [index, state] of response.states.entries()) {
          if (list.homeOf(tokenHashes[index] as Buffer) !== name) state.cacheable = false;
        }
        return response;
      },
    };
  }

  /**
   * Returns the list of a reply and uses it from now on. Tokens of a node that is not configured are read from another node,
   * which never caches them.
   */
  #receive(names: readonly string[]): NodeList {
    if (this.#received.hasExactly(names)) return this.#received;
    this.#received = new NodeList(names);
    const usable = names.filter((name) => this.#nodes.has(name));
    this.#usable = new NodeList(usable.length > 0 ? usable : [...this.#nodes.keys()]);
    const missing = this.#missing;
    if (missing.length > 0)
      this.#dependencies.log.warn({ missing }, 'REDIS_URL lacks cache nodes; their tokens are not cached');
    return this.#received;
  }
}

const metricsOf = ([name, { cache, loader, reader }]: [string, CacheNode]): CacheMetrics => ({
  cacheReads: { ...reader.counts },
  misses: { ...loader.counts, filled: cache.filled },
  generationChanges: { [name]: cache.generationChanges },
  redisUnreachable: { [name]: cache.isReady ? 0 : 1 },
  missQueue: loader.queued,
  missRequestsInFlight: loader.inFlight,
  readsQueued: cache.queued,
  readDurations: [{ labels: { cache_node: name }, cells: [...cache.readDurations.cells] }],
});
