import type { Report } from '../load/job.ts';
import type { LoadGenerator } from '../workers/workers.ts';
import type { BenchSystem } from './bench-system.ts';
import { fastPortServer } from './introspection-servers.ts';

/** As many in flight as a few busy gateways have; the fast port allows 256 on a connection. */
const SHAPE = { connections: 10, streams: 100 };
/** Entries are fresh for at least 50 s, and a run takes a few seconds. Older entries are replaced before the next run. */
const RENEW_AFTER_MS = 40_000;

/** Fills the cache by introspecting, and empties it. */
export class CachedTokens {
  readonly #system: BenchSystem;
  readonly #load: LoadGenerator;
  #cachedAt = Number.NEGATIVE_INFINITY;

  constructor(system: BenchSystem, load: LoadGenerator) {
    this.#system = system;
    this.#load = load;
  }

  /** Caches every live token anew unless that was done recently, because a hit on a stale entry also renews it. */
  async ensureCached(): Promise<void> {
    if (performance.now() - this.#cachedAt < RENEW_AFTER_MS) return;
    await this.flush();
    // Twice: misses fill nothing until the connections to Redis have noticed the new generation.
    for (let pass = 0; pass < 2; pass++) await this.introspectEach(this.#system.tokens.file);
    this.#cachedAt = performance.now();
  }

  /** Introspects every token of a file once at the first replica. Rejects if one is not active. */
  introspectEach(file: string): Promise<Report> {
    const { target } = fastPortServer(this.#system, { kind: 'unary', tokens: file, order: 'once' });
    return this.#load.run({ target, ...SHAPE, warmUpSeconds: 0, seconds: 0 });
  }

  /** Empties Redis. */
  async flush(): Promise<void> {
    this.#cachedAt = Number.NEGATIVE_INFINITY;
    await this.#system.redis.flushdb();
  }
}
