import { within } from '#common/process/within.ts';
import type { CacheRead, Lease, TokenStateReader } from '#common/token-state/cache.ts';
import type { Circuit } from '#common/token-state/circuit.ts';
import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

/** The longest that a caller waits for a newer answer when there is one that is still true. */
const REFRESH_MS = 250;

/** How reads went, counted since the start; read by the metrics. */
export interface CacheCounts {
  /** Answered from a fresh state. */
  fresh: number;
  /** Past freshness: asked again, or answered as it was because auth-server could not be reached. */
  refreshed: number;
  kept: number;
  /** Nothing there, and the lease taken. */
  missed: number;
  /** Fenced by a change, or another reader's turn. */
  fenced: number;
  /** The cache could not be reached. */
  unreachable: number;
}

/**
 * The cache before a source (docs/caching.md). A cache that cannot be reached is a miss without the right to fill; a
 * state past its freshness is asked for again, and is still the answer if the source cannot be reached: no change has
 * fenced it.
 */
export class CachedSource implements AnswerSource {
  readonly counts: CacheCounts = { fresh: 0, refreshed: 0, kept: 0, missed: 0, fenced: 0, unreachable: 0 };
  readonly #cache: TokenStateReader;
  readonly #source: AnswerSource;
  /** Opens when the source hangs, so that states past their freshness do not all wait for it. */
  readonly #refreshes: Circuit;

  constructor(cache: TokenStateReader, source: AnswerSource, refreshes: Circuit) {
    this.#cache = cache;
    this.#source = source;
    this.#refreshes = refreshes;
  }

  /** `held`: a state past its freshness that was read for this very question; it is the answer if nothing newer can be had. */
  async answer(tokenHash: Buffer, deadline: number, held?: Answer): Promise<Answer> {
    if (held !== undefined && this.#refreshes.open) {
      this.counts.kept++;
      return held;
    }
    const read = await this.#cache.read(tokenHash).catch(() => undefined);
    if (read === undefined) {
      this.counts.unreachable++;
      const ask = () => this.#source.answer(tokenHash, deadline);
      return held === undefined ? ask() : this.#renewed(held, ask);
    }
    if (read.kind === 'state') return this.#fromState(read, tokenHash, deadline);
    if (read.lease === undefined) this.counts.fenced++;
    else this.counts.missed++;
    return this.#askAndFill(tokenHash, deadline, read.lease);
  }

  async #fromState(read: Extract<CacheRead, { kind: 'state' }>, tokenHash: Buffer, deadline: number): Promise<Answer> {
    const { answer: bytes, expiresAt, lease } = read;
    if (lease === undefined) {
      this.counts.fresh++;
      return { bytes, expiresAt };
    }
    return this.#renewed({ bytes, expiresAt }, () => this.#askAndFill(tokenHash, deadline, lease));
  }

  async #renewed(held: Answer, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await this.#refreshes.run(() => within(REFRESH_MS, ask()));
      this.counts.refreshed++;
      return answer;
    } catch {
      this.counts.kept++;
      return held;
    }
  }

  async #askAndFill(tokenHash: Buffer, deadline: number, lease: Lease | undefined): Promise<Answer> {
    const answer = await this.#source.answer(tokenHash, deadline);
    // Not waited for: the answer is good whether or not it can be kept.
    if (lease !== undefined) this.#cache.fill(lease, answer.bytes, answer.expiresAt).catch(() => {});
    return answer;
  }
}
