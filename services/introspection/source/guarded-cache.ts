import type { CacheRead, Lease, TokenStateReader } from '#common/token-state/cache.ts';
import type { Circuit } from '#common/token-state/circuit.ts';

/** The cache behind a circuit: a Redis that hangs costs a few bounded waits, not one for every request. */
export class GuardedCache implements TokenStateReader {
  readonly #cache: TokenStateReader;
  readonly #circuit: Circuit;

  constructor(cache: TokenStateReader, circuit: Circuit) {
    this.#cache = cache;
    this.#circuit = circuit;
  }

  read(tokenHash: Buffer): Promise<CacheRead> {
    return this.#circuit.run(() => this.#cache.read(tokenHash));
  }

  fill(lease: Lease, answer: Uint8Array, expiresAt: number): Promise<void> {
    return this.#circuit.run(() => this.#cache.fill(lease, answer, expiresAt));
  }
}
