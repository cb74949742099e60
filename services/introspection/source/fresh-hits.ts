import type { Clock } from '#common/process/clock.ts';
import type { Circuit } from '#common/token-state/circuit.ts';
import { answerIn, expiryIn, freshUntil } from '#common/token-state/entry.ts';
import type { EntrySink } from '#common/token-state/reads/read-connection.ts';
import type { AnswerSource } from './answer-source.ts';
import type { CacheCounts } from './cached-source.ts';

/** Takes one answer, or why there is none: one call, once. Must not throw. */
export interface AnswerSink {
  /** See Answer. The bytes stay as they are. */
  answer(bytes: Uint8Array, expiresAt: number): void;
  fail(error: unknown): void;
}

/** What the path is laid on. */
export interface FreshHitsParts {
  readonly entries: { get(tokenHash: Buffer, sink: EntrySink): void };
  /** Around those reads. */
  readonly circuit: Circuit;
  readonly clock: Clock;
  readonly counts: CacheCounts;
  readonly cached: AnswerSource;
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
    const { circuit, entries } = this.#parts;
    const read = new Read(this.#parts, tokenHash, deadline, sink);
    if (circuit.enter()) entries.get(tokenHash, read);
    else read.unreachable();
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
    const { circuit, clock, counts } = this.#parts;
    if (clock.now() >= freshUntil(octets, start, end)) {
      this.nothing();
      return;
    }
    circuit.succeeded();
    counts.fresh++;
    this.#sink.answer(answerIn(octets, start, end), expiryIn(octets, start));
  }

  nothing(): void {
    this.#parts.circuit.succeeded();
    this.#ask(this.#parts.cached);
  }

  failed(): void {
    this.#parts.circuit.failed();
    this.unreachable();
  }

  unreachable(): void {
    this.#parts.counts.unreachable++;
    this.#ask(this.#parts.uncached);
  }

  #ask(source: AnswerSource): void {
    source.answer(this.#tokenHash, this.#deadline).then(
      ({ bytes, expiresAt }) => this.#sink.answer(bytes, expiresAt),
      (error) => this.#sink.fail(error),
    );
  }
}
