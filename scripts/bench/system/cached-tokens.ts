import type { Report } from '../load/job.ts';
import type { LoadGenerator } from '../workers/workers.ts';
import type { BenchSystem } from './bench-system.ts';
import { fastPortOf } from './own-servers.ts';

/** As many in flight as a few busy gateways have; the fast port takes 256 on a connection. */
const SHAPE = { connections: 10, streams: 100 };
/** An answer is renewed by its use. What was not used for longer than this is asked for again before the next run. */
const ASK_AGAIN_AFTER_MS = 40_000;

/** Fills the cache as its users do, by asking, and empties it. */
export class CachedTokens {
  readonly #system: BenchSystem;
  readonly #load: LoadGenerator;
  #cachedAt = Number.NEGATIVE_INFINITY;

  constructor(system: BenchSystem, load: LoadGenerator) {
    this.#system = system;
    this.#load = load;
  }

  /** Sees to it that the live tokens of the system are cached. */
  async ensureCached(): Promise<void> {
    if (performance.now() - this.#cachedAt < ASK_AGAIN_AFTER_MS) return;
    // From the beginning: that is how old the first answer is.
    this.#cachedAt = performance.now();
    await this.introspectEach(this.#system.tokens.file);
  }

  /** Asks the first replica for every token of a file once, as fast as it can. Rejects if one is not active. */
  introspectEach(file: string): Promise<Report> {
    const { target } = fastPortOf(this.#system, { kind: 'unary', tokens: file, order: 'once' });
    return this.#load.run({ target, ...SHAPE, warmUpSeconds: 0, seconds: 0 });
  }

  /** Empties Redis. */
  async flush(): Promise<void> {
    this.#cachedAt = Number.NEGATIVE_INFINITY;
    await this.#system.redis.flushdb();
  }
}
