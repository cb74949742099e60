import { isState, stampIdIn } from '#common/token-state/entry.ts';
import type { ReplyHandler } from './reply-handler.ts';
import type { StampCache } from './stamp-cache.ts';

/** The result of one read. Exactly one function is called, once. Must not throw. */
export interface EntryHandler {
  /** A state with current stamps: `bytes[start, end)`, which are not overwritten later. */
  onState(bytes: Buffer, start: number, end: number): void;
  /** No valid state. With `bytes`: there is a state at `start`, but some of its stamps have changed. */
  onMissing(bytes?: Buffer, start?: number): void;
  onUnreachable(): void;
}

/** A state some of whose stamps must be read first. */
export interface PendingState {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly handler: EntryHandler;
}

/** Reads that are sent as one pipeline: entries, stamps, and the guard, which checks the server's generation and role. */
export class ReadBatch {
  readonly tokenHashes: readonly Buffer[];
  /** Keys of stamps, 7 bytes each. */
  readonly stampKeys: readonly Buffer[];
  readonly #handlers: readonly EntryHandler[];
  readonly #pending: readonly PendingState[];
  readonly #bytes: (Buffer | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(
    tokenHashes: readonly Buffer[],
    handlers: readonly EntryHandler[],
    stampKeys: readonly Buffer[],
    pending: readonly PendingState[],
  ) {
    this.tokenHashes = tokenHashes;
    this.#handlers = handlers;
    this.stampKeys = stampKeys;
    this.#pending = pending;
  }

  /** Handles the MGET of the entries, which are not delivered before the guard has replied. */
  entriesReply(): ReplyHandler {
    return {
      onBulk: (bytes, start, end) => this.#add(bytes, start, end),
      onNil: () => this.#add(undefined, 0, 0),
    };
  }

  /** Handles the MGET of the stamps, which are cached at once, because Redis pushes later changes. */
  stampsReply(stamps: StampCache): ReplyHandler {
    let index = 0;
    return {
      onBulk: (bytes, start, end) => {
        const key = this.stampKeys[index++] as Buffer;
        const id = stampIdIn(bytes.subarray(start, end));
        if (id !== undefined) stamps.set(key, id);
      },
      onNil: () => index++,
    };
  }

  /** Handles the guard, the last command of the batch. */
  guardReply(onEnd: () => void): ReplyHandler {
    return { onEnd, onFail: () => this.fail() };
  }

  /** Delivers the entries after the guard has passed. `defer` takes states with stamps that are not cached. */
  deliver(stamps: StampCache, defer: (state: PendingState) => void): void {
    for (const { bytes, start, end, handler } of this.#pending) {
      // Its stamps have just been read: one that is still missing was dropped or fenced, or has changed since.
      if (stamps.check(bytes, start) === 'current') handler.onState(bytes, start, end);
      else handler.onMissing(bytes, start);
    }
    for (let index = 0; index < this.#handlers.length; index++) {
      const handler = this.#handlers[index] as EntryHandler;
      const [bytes, start, end] = [this.#bytes[index], this.#starts[index] as number, this.#ends[index] as number];
      if (bytes === undefined || !isState(bytes, start, end)) {
        handler.onMissing();
        continue;
      }
      const check = stamps.check(bytes, start);
      if (check === 'current') handler.onState(bytes, start, end);
      else if (check === 'changed') handler.onMissing(bytes, start);
      else defer({ bytes, start, end, handler });
    }
  }

  fail(): void {
    for (const { handler } of this.#pending) handler.onUnreachable();
    for (const handler of this.#handlers) handler.onUnreachable();
  }

  #add(bytes: Buffer | undefined, start: number, end: number): void {
    this.#bytes.push(bytes);
    this.#starts.push(start);
    this.#ends.push(end);
  }
}
