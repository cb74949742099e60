import type { Clock } from '#common/process/clock.ts';
import { answerOf, claimOf, expiresAtOf, freshUntilOf, stampsOf } from '#common/token-state/entry.ts';
import type { AnswerHandler } from './answer.ts';
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
  readonly counts: ReadCounts;
}

/** The path of every request, without a promise on it: a state that stands is the answer; anything else is a miss. */
export class TokenReads {
  readonly #parts: ReadParts;

  constructor(parts: ReadParts) {
    this.#parts = parts;
  }

  /** `deadline` in ms since 1970: a later answer is of no use to the caller. */
  answer(tokenHash: Buffer, deadline: number, handler: AnswerHandler): void {
    this.#parts.cache.read(tokenHash, new Read(this.#parts, tokenHash, deadline, handler));
  }
}

class Read implements EntryHandler {
  readonly #parts: ReadParts;
  readonly #tokenHash: Buffer;
  readonly #deadline: number;
  readonly #handler: AnswerHandler;

  constructor(parts: ReadParts, tokenHash: Buffer, deadline: number, handler: AnswerHandler) {
    this.#parts = parts;
    this.#tokenHash = tokenHash;
    this.#deadline = deadline;
    this.#handler = handler;
  }

  onState(bytes: Buffer, start: number, end: number): void {
    const { clock, counts } = this.#parts;
    const freshUntil = freshUntilOf(bytes, start);
    const now = clock.now();
    const [answer, expiresAt] = [answerOf(bytes, start, end), expiresAtOf(bytes, start)];
    if (now < freshUntil) {
      counts.fresh++;
      this.#handler.answer(answer, expiresAt);
      return;
    }
    counts.stale++;
    const { claim, owner } = copyClaim(bytes, start);
    if (now < freshUntil + STALE_MS || this.#parts.misses.isFailing) {
      this.#handler.answer(answer, expiresAt);
      this.#parts.misses.renew(this.#tokenHash, claim, owner);
    } else {
      const handler = new Fallback(this.#handler, answer, expiresAt);
      this.#parts.misses.ask(this.#tokenHash, this.#deadline, handler, claim, owner);
    }
  }

  onMissing(bytes?: Buffer, start = 0): void {
    this.#parts.counts.missed++;
    const there = bytes && copyClaim(bytes, start);
    this.#parts.misses.ask(this.#tokenHash, this.#deadline, this.#handler, there?.claim, there?.owner);
  }

  onUnreachable(): void {
    this.#parts.counts.unreachable++;
    this.#parts.misses.ask(this.#tokenHash, this.#deadline, this.#handler);
  }
}

/** Copies: what was read is part of a larger buffer, which would be kept as long as the miss waits. */
function copyClaim(bytes: Buffer, start: number): { claim: Buffer; owner: string } {
  return { claim: Buffer.from(claimOf(bytes, start)), owner: ownerOf(stampsOf(bytes, start)) };
}

/** A newer answer if it comes in time, else the one that is there: no change has ended it. */
class Fallback implements AnswerHandler {
  readonly #handler: AnswerHandler;
  readonly #answer: Uint8Array;
  readonly #expiresAt: number;
  readonly #timer: NodeJS.Timeout;
  #isDone = false;

  constructor(handler: AnswerHandler, answer: Uint8Array, expiresAt: number) {
    this.#handler = handler;
    this.#answer = answer;
    this.#expiresAt = expiresAt;
    this.#timer = setTimeout(() => this.fail(), RENEWAL_WAIT_MS);
  }

  answer(bytes: Uint8Array, expiresAt: number): void {
    clearTimeout(this.#timer);
    if (this.#isDone) return;
    this.#isDone = true;
    this.#handler.answer(bytes, expiresAt);
  }

  fail(): void {
    this.answer(this.#answer, this.#expiresAt);
  }
}
