import type { Clock } from '#common/process/clock.ts';
import type { ResponseSink } from '#common/rpc/response-sink.ts';
import { answerOf, claimOf, expiresAtOf, freshUntilOf, stampsOf } from '#common/token-state/entry.ts';
import { answerAt } from './answer.ts';
import { ownerOf } from './known-owners.ts';
import type { Misses } from './miss.ts';
import type { EntryCache } from './redis/entry-cache.ts';
import type { EntryHandler } from './redis/read-batch.ts';

/** A state that is older than its freshness by this is not answered before a newer one was asked for. */
const STALE_MS = 60_000;
/** The longest that a caller waits for a newer answer when there is one that is still true. */
const RENEWAL_WAIT_MS = 250;

/** How reads went, counted since the start. */
export interface ReadCounts {
  /** Answered from a fresh state. */
  fresh: number;
  /** Answered from a state past its freshness; a newer one was asked for. */
  stale: number;
  /** No state, one that a change has ended, a fence, or another reader's lease: auth-server was asked. */
  missed: number;
  /** Redis could not be reached: auth-server was asked. */
  unreachable: number;
}

/** What reads need. */
export interface ReadParts {
  readonly cache: Pick<EntryCache, 'read'>;
  readonly misses: Pick<Misses, 'ask' | 'renew' | 'isFailing'>;
  readonly clock: Clock;
}

type CountedParts = ReadParts & { readonly counts: ReadCounts };

/** The path of every request, without a promise on it: a state that stands is the answer; anything else is a miss. */
export class TokenReads {
  readonly counts: ReadCounts = { fresh: 0, stale: 0, missed: 0, unreachable: 0 };
  readonly #parts: CountedParts;

  constructor(parts: ReadParts) {
    this.#parts = { ...parts, counts: this.counts };
  }

  /** `deadline` in ms since 1970: a later answer is of no use to the caller. */
  answer(tokenHash: Buffer, deadline: number, sink: ResponseSink): void {
    this.#parts.cache.read(tokenHash, new Read(this.#parts, tokenHash, deadline, sink));
  }
}

class Read implements EntryHandler {
  readonly #parts: CountedParts;
  readonly #tokenHash: Buffer;
  readonly #deadline: number;
  readonly #sink: ResponseSink;

  constructor(parts: CountedParts, tokenHash: Buffer, deadline: number, sink: ResponseSink) {
    this.#parts = parts;
    this.#tokenHash = tokenHash;
    this.#deadline = deadline;
    this.#sink = sink;
  }

  onState(bytes: Buffer, start: number, end: number): void {
    const { clock, counts, misses } = this.#parts;
    const freshUntil = freshUntilOf(bytes, start);
    const now = clock.now();
    const [answer, expiresAt] = [answerOf(bytes, start, end), expiresAtOf(bytes, start)];
    if (now < freshUntil) {
      counts.fresh++;
      this.#sink.respond(answerAt(now, answer, expiresAt));
      return;
    }
    counts.stale++;
    const { claim, owner } = copyClaim(bytes, start);
    if (now < freshUntil + STALE_MS || misses.isFailing) {
      this.#sink.respond(answerAt(now, answer, expiresAt));
      misses.renew(this.#tokenHash, claim, owner);
    } else {
      const sink = withFallback(this.#sink, () => answerAt(clock.now(), answer, expiresAt));
      misses.ask(this.#tokenHash, this.#deadline, sink, claim, owner);
    }
  }

  onMissing(bytes?: Buffer, start = 0): void {
    this.#parts.counts.missed++;
    const there = bytes && copyClaim(bytes, start);
    this.#parts.misses.ask(this.#tokenHash, this.#deadline, this.#sink, there?.claim, there?.owner);
  }

  onUnreachable(): void {
    this.#parts.counts.unreachable++;
    this.#parts.misses.ask(this.#tokenHash, this.#deadline, this.#sink);
  }
}

/** Copies: what was read is part of a larger buffer, which would be kept as long as the miss waits. */
function copyClaim(bytes: Buffer, start: number): { claim: Buffer; owner: string } {
  return { claim: Buffer.from(claimOf(bytes, start)), owner: ownerOf(stampsOf(bytes, start)) };
}

/** A newer answer if it comes in time, else the one that is there: no change has ended it. */
function withFallback(sink: ResponseSink, fallback: () => Uint8Array): ResponseSink {
  let isDone = false;
  const respond = (answer: Uint8Array) => {
    clearTimeout(timer);
    if (!isDone) sink.respond(answer);
    isDone = true;
  };
  const refuse = () => respond(fallback());
  const timer = setTimeout(refuse, RENEWAL_WAIT_MS);
  return { respond, refuse };
}
