import type { Secret } from '#common/credentials/secret.ts';
import type { Clock } from '#common/process/clock.ts';
import { TokenStateCache, type TokenStateReader } from '#common/token-state/cache.ts';
import { Circuit } from '#common/token-state/circuit.ts';
import { EntryReads } from '#common/token-state/reads/entry-reads.ts';
import { RedisConnection, type RedisOptions } from '#common/token-state/redis-connection.ts';
import { UsageReporter } from '../usage/usage-reporter.ts';
import type { AnswerSource } from './answer-source.ts';
import { AuthServerClient } from './auth-server-client.ts';
import { BoundedSource, type Bounds } from './bounded-source.ts';
import { CachedSource } from './cached-source.ts';
import { FreshHits } from './fresh-hits.ts';
import { GuardedCache } from './guarded-cache.ts';
import { SingleFlightSource } from './single-flight-source.ts';
import { UsedSource } from './used-source.ts';

/** A hung Redis costs five waits for a reply, then one each second. */
const REDIS_CIRCUIT = { failures: 5, openMs: 1_000 };
const REFRESH_CIRCUIT = { failures: 5, openMs: 1_000 };

/** What can be put in place of the usual parts; fault tests do. */
export interface PathWiring {
  readonly cache?: (cache: TokenStateReader, redis: RedisConnection) => TokenStateReader;
  readonly flights?: (source: AnswerSource) => AnswerSource;
}

export interface AnswerPathOptions {
  readonly redis: RedisOptions;
  readonly authServer: {
    readonly addresses: readonly string[];
    readonly serviceToken: Secret;
    readonly timeoutMs: number;
  };
  readonly misses: Bounds;
}

/** The way of an answer: fresh hits, cache, one shared read for each token, a bound on all reads, auth-server. */
export class AnswerPath {
  readonly hits: FreshHits;
  readonly counts: CachedSource['counts'];
  readonly usage: UsageReporter;
  readonly #authServer: AuthServerClient;
  readonly #redis: RedisConnection;
  readonly #reads: EntryReads;
  readonly #commands: Circuit;

  constructor({ redis, authServer, misses }: AnswerPathOptions, clock: Clock, wiring: PathWiring = {}) {
    this.#redis = new RedisConnection(redis);
    this.#reads = new EntryReads(redis);
    this.#authServer = new AuthServerClient(authServer);
    this.usage = new UsageReporter(this.#authServer, clock);
    const cache = new TokenStateCache(this.#redis, clock);
    const bounded = new BoundedSource(new UsedSource(this.#authServer, this.usage), misses, clock);
    const uncached = wiring.flights?.(bounded) ?? new SingleFlightSource(bounded);
    this.#commands = new Circuit(REDIS_CIRCUIT, clock);
    const guarded = new GuardedCache(wiring.cache?.(cache, this.#redis) ?? cache, this.#commands);
    const cached = new CachedSource(guarded, uncached, new Circuit(REFRESH_CIRCUIT, clock));
    this.counts = cached.counts;
    this.hits = new FreshHits({ entries: this.#reads, clock, counts: this.counts, cached, uncached });
  }

  /** Whether Redis is not asked just now: there is no connection to read from, or the last commands failed. */
  get isRedisUnreachable(): boolean {
    return !this.#reads.isReady || this.#commands.open;
  }

  /** Resolves when Redis can be asked; rejects with UNAVAILABLE after `timeoutMs`. */
  async waitForRedis(timeoutMs: number): Promise<void> {
    await Promise.all([this.#redis.waitUntilReady(timeoutMs), this.#reads.waitUntilReady(timeoutMs)]);
  }

  close(): void {
    this.#authServer.close();
    this.#redis.close();
    this.#reads.close();
  }
}
