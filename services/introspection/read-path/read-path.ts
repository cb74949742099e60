import type { Secret } from '#common/credentials/secret.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import type { RedisOptions } from '#common/token-state/redis-connection.ts';
import { AuthServerClient, type StateSource } from './auth-server.ts';
import { type MissBounds, type MissCounts, Misses } from './miss.ts';
import { type ReadCounts, TokenReads } from './read.ts';
import { EntryCache } from './redis/entry-cache.ts';

/** What can be put in place of the usual parts; fault tests do. */
export interface ReadPathWiring {
  readonly cache?: (cache: EntryCache) => Pick<EntryCache, 'read' | 'lease' | 'fill' | 'generation'>;
  readonly source?: (source: StateSource) => StateSource;
}

export interface ReadPathOptions {
  readonly redis: RedisOptions;
  readonly authServer: {
    readonly addresses: readonly string[];
    readonly serviceToken: Secret;
    readonly timeoutMs: number;
  };
  readonly misses: MissBounds;
}

/** The way of an answer (README.md beside this file): read, and on a miss ask auth-server and fill. */
export class ReadPath {
  readonly reads: TokenReads;
  readonly readCounts: ReadCounts = { fresh: 0, stale: 0, missed: 0, unreachable: 0 };
  readonly #misses: Misses;
  readonly #authServer: AuthServerClient;
  readonly #cache: EntryCache;

  constructor({ redis, authServer, misses }: ReadPathOptions, clock: Clock, log: Log, wiring: ReadPathWiring = {}) {
    this.#cache = new EntryCache(redis, log);
    this.#authServer = new AuthServerClient(authServer);
    const cache = wiring.cache?.(this.#cache) ?? this.#cache;
    const source = wiring.source?.(this.#authServer) ?? this.#authServer;
    this.#misses = new Misses({ cache, source, bounds: misses, clock });
    this.reads = new TokenReads({ cache, misses: this.#misses, clock, counts: this.readCounts });
  }

  get missCounts(): MissCounts & { filled: number } {
    return { ...this.#misses.counts, filled: this.#cache.filled };
  }

  /** How often the cache has started empty, because Redis was restarted, replaced, flushed, or got its first replica. */
  get generationChanges(): number {
    return this.#cache.generationChanges;
  }

  /** Whether Redis is not asked now: there is no connection. */
  get isRedisUnreachable(): boolean {
    return !this.#cache.isReady;
  }

  /** Resolves when Redis can be asked; rejects with UNAVAILABLE after `timeoutMs`. */
  waitForRedis(timeoutMs: number): Promise<void> {
    return this.#cache.waitUntilReady(timeoutMs);
  }

  close(): void {
    this.#authServer.close();
    this.#cache.close();
  }
}
