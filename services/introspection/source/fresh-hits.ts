import type { Clock } from '#common/process/clock.ts';
import { answerIn, expiryIn, freshUntil } from '#common/token-state/entry.ts';
import type { EntrySink } from '#common/token-state/reads/read-connection.ts';
import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';
import type { CacheCounts, CachedSource } from './cached-source.ts';

/** Takes one answer, or why there is none: one call, once. Must not throw. */
export interface AnswerSink {
  /** See Answer. The bytes stay as they are. */
  answer(bytes: Uint8Array, expiresAt: number): void;
  fail(error: unknown): void;
}

/** What the path is laid on. */
export interface FreshHitsParts {
  readonly entries: { get(tokenHash: Buffer, sink: EntrySink): void };
  readonly clock: Clock;
  readonly counts: CacheCounts;
  readonly cached: Pick<CachedSource, 'answer'>;
  /** What is behind the cache. */
  readonly uncached: AnswerSource;
}

/**
 * The path of almost every request: the state is there and fresh, and is the answer, without a promise on the way.
 * Whatever else is found (nothing, a lease, a fence, a state past its freshness) is the business of `cached`, which reads
 * again and knows the protocol. A cache that cannot be read is not tried a second time: `uncached` is asked.
 */
export class FreshHits {
  readonly #parts: FreshHitsParts;

  constructor(parts: FreshHitsParts) {
    this.#parts = parts;
  }

  /** `deadline` as for AnswerSource. */
  answer(tokenHash: Buffer, deadline: number, sink: AnswerSink): void {
    this.#parts.entries.get(tokenHash, new Read(this.#parts, tokenHash, deadline, sink));
  }
}

class Read implements EntrySink {
  readonly #parts: FreshHitsParts;
  readonly #tokenHash: Buffer;
  readonly #deadline: number;
  readonly #sink: AnswerSink;

  constructor(parts: FreshHitsParts, tokenHash: Buffer, deadline: number, sink: AnswerSink) {
    this.#parts = parts;
    this.#tokenHash = tokenHash;
    this.#deadline = deadline;
    this.#sink = sink;
  }

  found(octets: Buffer, start: number, end: number): void {
    const { clock, counts, cached } = this.#parts;
    const until = freshUntil(octets, start, end);
    if (until === 0) {
      this.nothing();
      return;
    }
    const [bytes, expiresAt] = [answerIn(octets, start, end), expiryIn(octets, start)];
    if (clock.now() < until) {
      counts.fresh++;
      this.#sink.answer(bytes, expiresAt);
    } else {
      this.#tell(cached.answer(this.#tokenHash, this.#deadline, { bytes, expiresAt }));
    }
  }

  nothing(): void {
    this.#tell(this.#parts.cached.answer(this.#tokenHash, this.#deadline));
  }

  failed(): void {
    this.#parts.counts.unreachable++;
    this.#tell(this.#parts.uncached.answer(this.#tokenHash, this.#deadline));
  }

  #tell(answer: Promise<Answer>): void {
    answer.then(
      ({ bytes, expiresAt }) => this.#sink.answer(bytes, expiresAt),
      (error) => this.#sink.fail(error),
    );
  }
}
