import { isState, stampIdIn } from '#common/token-state/entry.ts';
import type { HeldStamps } from './held-stamps.ts';
import type { Reply } from './replies.ts';

/** Takes what one read finds: one call, once. Must not throw. */
export interface EntryHandler {
  /** A state whose stamps all stand: `bytes[start, end)`, which stay as they are. */
  onState(bytes: Buffer, start: number, end: number): void;
  /** Nothing that is an answer. With `bytes`: there is a state at `start`, but not all of its stamps stand any more. */
  onMissing(bytes?: Buffer, start?: number): void;
  /** It could not be read. */
  onUnreachable(): void;
}

/** A state that waits for stamps that its connection has not read yet. */
export interface WaitingState {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly handler: EntryHandler;
}

/** Reads of one turn, which go out as one pipeline: entries, stamps, and the guard that says whether both were current. */
export class ReadBatch {
  readonly tokenHashes: readonly Buffer[];
  /** Keys of stamps, 7 bytes each. */
  readonly stampKeys: readonly Buffer[];
  readonly #handlers: readonly EntryHandler[];
  readonly #waiting: readonly WaitingState[];
  readonly #bytes: (Buffer | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(
    tokenHashes: readonly Buffer[],
    handlers: readonly EntryHandler[],
    stampKeys: readonly Buffer[],
    waiting: readonly WaitingState[],
  ) {
    this.tokenHashes = tokenHashes;
    this.#handlers = handlers;
    this.stampKeys = stampKeys;
    this.#waiting = waiting;
  }

  /** The reply to MGET of the entries: kept until the guard has answered. */
  entriesReply(): Reply {
    return {
      bulk: (bytes, start, end) => this.#keep(bytes, start, end),
      nil: () => this.#keep(undefined, 0, 0),
    };
  }

  /** The reply to MGET of the stamps. They are held at once, since Redis says from here on what changes. */
  stampsReply(stamps: HeldStamps): Reply {
    let index = 0;
    return {
      bulk: (bytes, start, end) => {
        const key = this.stampKeys[index++] as Buffer;
        const id = stampIdIn(bytes.subarray(start, end));
        if (id !== undefined) stamps.hold(key, id);
      },
      nil: () => index++,
    };
  }

  /** The reply to the guard, the last of the batch; it fails for all of them. */
  guardReply(onEnd: () => void): Reply {
    return { end: onEnd, fail: () => this.fail() };
  }

  /** What was read was current: checks the stamps of its states. `wait` takes states with stamps that are not held. */
  deliver(stamps: HeldStamps, wait: (state: WaitingState) => void): void {
    for (const { bytes, start, end, handler } of this.#waiting) {
      // A stamp that is missing still was gone or fenced, or has changed meanwhile.
      if (stamps.check(bytes, start) === 'stands') handler.onState(bytes, start, end);
      else handler.onMissing(bytes, start);
    }
    for (let index = 0; index < this.#handlers.length; index++) {
      const handler = this.#handlers[index] as EntryHandler;
      const [bytes, start, end] = [this.#bytes[index], this.#starts[index] as number, this.#ends[index] as number];
      if (bytes === undefined || !isState(bytes, start, end)) {
        handler.onMissing();
        continue;
      }
      const verdict = stamps.check(bytes, start);
      if (verdict === 'stands') handler.onState(bytes, start, end);
      else if (verdict === 'gone') handler.onMissing(bytes, start);
      else wait({ bytes, start, end, handler });
    }
  }

  fail(): void {
    for (const { handler } of this.#waiting) handler.onUnreachable();
    for (const handler of this.#handlers) handler.onUnreachable();
  }

  #keep(bytes: Buffer | undefined, start: number, end: number): void {
    this.#bytes.push(bytes);
    this.#starts.push(start);
    this.#ends.push(end);
  }
}
