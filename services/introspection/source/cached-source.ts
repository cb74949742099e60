import type { CacheRead, Lease, TokenStateReader } from '#common/token-state/cache.ts';
import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

const MISS: CacheRead = { kind: 'miss' };

/**
 * The cache before a source (docs/caching.md). A cache that cannot be reached is a miss without the right to fill; a
 * state past its freshness is asked for again, and is still the answer if the source cannot be reached: no change has
 * fenced it.
 */
export class CachedSource implements AnswerSource {
  readonly #cache: TokenStateReader;
  readonly #source: AnswerSource;

  constructor(cache: TokenStateReader, source: AnswerSource) {
    this.#cache = cache;
    this.#source = source;
  }

  async answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    const read = await this.#cache.read(tokenHash).catch(() => MISS);
    if (read.kind === 'miss') return this.#askAndFill(tokenHash, deadline, read.lease);
    const cached = { bytes: read.answer, expiresAt: read.expiresAt };
    if (read.lease === undefined) return cached;
    return this.#askAndFill(tokenHash, deadline, read.lease).catch(() => cached);
  }

  async #askAndFill(tokenHash: Buffer, deadline: number, lease: Lease | undefined): Promise<Answer> {
    const answer = await this.#source.answer(tokenHash, deadline);
    // Not waited for: the answer is good whether or not it can be kept.
    if (lease !== undefined) this.#cache.fill(lease, answer.bytes, answer.expiresAt).catch(() => {});
    return answer;
  }
}
