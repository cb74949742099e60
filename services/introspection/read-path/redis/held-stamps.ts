import { STAMP_BYTES, STAMP_ID_BYTES, STAMPS_AT, stampCount } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';

/** As many as Redis tracks by default (tracking-table-max-keys). Bounds memory to some 100 MB. */
const MAX_STAMPS = 1_000_000;

/** Whether a state is an answer as far as its stamps go. */
export type StampCheck = 'stands' | 'gone' | 'unknown';

/**
 * The stamps that one connection has read and that have not changed since: Redis pushes what changes on the same
 * connection, before the reply to any later command (CLIENT TRACKING). They are worth nothing without the connection.
 */
export class HeldStamps {
  /** By number of the key: the id, as a number. */
  readonly #ids = new Map<number, number>();

  /** Checks the state at `bytes[start…]`: each of its stamps has to stand with the very id. */
  check(bytes: Buffer, start: number): StampCheck {
    let verdict: StampCheck = 'stands';
    const end = start + STAMPS_AT + stampCount(bytes, start) * STAMP_BYTES;
    for (let at = start + STAMPS_AT; at < end; at += STAMP_BYTES) {
      const id = this.#ids.get(keyNumber(bytes, at));
      if (id === undefined) verdict = 'unknown';
      else if (id !== bytes.readUIntBE(at + STAMP_KEY_BYTES, STAMP_ID_BYTES)) return 'gone';
    }
    return verdict;
  }

  /** Collects the keys of the stamps of a state that are not held. */
  collectMissing(bytes: Buffer, start: number, into: Map<number, Buffer>): void {
    const end = start + STAMPS_AT + stampCount(bytes, start) * STAMP_BYTES;
    for (let at = start + STAMPS_AT; at < end; at += STAMP_BYTES) {
      const key = keyNumber(bytes, at);
      if (!this.#ids.has(key)) into.set(key, bytes.subarray(at, at + STAMP_KEY_BYTES));
    }
  }

  /** `key`: 7 bytes; `id`: 6 bytes, as Redis has just returned it. */
  hold(key: Buffer, id: Buffer): void {
    const number = keyNumber(key, 0);
    if (this.#ids.size >= MAX_STAMPS) this.#ids.delete(this.#ids.keys().next().value as number); // the oldest
    this.#ids.set(number, id.readUIntBE(0, STAMP_ID_BYTES));
  }

  /** The key of a stamp that has changed is at `bytes[at…]`. */
  release(bytes: Buffer, at: number): void {
    this.#ids.delete(keyNumber(bytes, at));
  }

  clear(): void {
    this.#ids.clear();
  }
}

/** Kind and id as one number, exact for ids below 2^48. */
const keyNumber = (bytes: Buffer, at: number): number =>
  bytes.readUIntBE(at + 1, STAMP_KEY_BYTES - 1) * 32 + ((bytes[at] as number) & 31);
