import { STAMP_BYTES, STAMP_ID_BYTES, STAMPS_OFFSET, stampCount } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';

/** The default of Redis' tracking-table-max-keys; about 100 MB. */
const MAX_STAMPS = 1_000_000;

/** Whether the stamps of a state are current; `unknown` if some are not cached and none has changed. */
export type StampCheck = 'current' | 'changed' | 'unknown';

/**
 * The stamps that one connection has read. Redis pushes changes on the same connection before the reply to any later
 * command (CLIENT TRACKING), so cached stamps are valid only as long as the connection.
 */
export class StampCache {
  /** Stamp ids by key, both as numbers. */
  readonly #ids = new Map<number, number>();

  /** Compares the stamps of the state at `bytes[start…]` with the cached ones. */
  check(bytes: Buffer, start: number): StampCheck {
    let result: StampCheck = 'current';
    const end = start + STAMPS_OFFSET + stampCount(bytes, start) * STAMP_BYTES;
    for (let at = start + STAMPS_OFFSET; at < end; at += STAMP_BYTES) {
      const id = this.#ids.get(keyNumber(bytes, at));
      if (id === undefined) result = 'unknown';
      else if (id !== bytes.readUIntBE(at + STAMP_KEY_BYTES, STAMP_ID_BYTES)) return 'changed';
    }
    return result;
  }

  /** Collects the keys of the stamps of a state that are not cached. */
  collectMissing(bytes: Buffer, start: number, into: Map<number, Buffer>): void {
    const end = start + STAMPS_OFFSET + stampCount(bytes, start) * STAMP_BYTES;
    for (let at = start + STAMPS_OFFSET; at < end; at += STAMP_BYTES) {
      const key = keyNumber(bytes, at);
      if (!this.#ids.has(key)) into.set(key, bytes.subarray(at, at + STAMP_KEY_BYTES));
    }
  }

  /** `key`: 7 bytes; `id`: 6 bytes, just returned by Redis. */
  set(key: Buffer, id: Buffer): void {
    const number = keyNumber(key, 0);
    if (this.#ids.size >= MAX_STAMPS) this.#ids.delete(this.#ids.keys().next().value as number); // the oldest
    this.#ids.set(number, id.readUIntBE(0, STAMP_ID_BYTES));
  }

  /** Removes the stamp whose key is at `bytes[at…]`. */
  delete(bytes: Buffer, at: number): void {
    this.#ids.delete(keyNumber(bytes, at));
  }

  clear(): void {
    this.#ids.clear();
  }
}

/** Kind and id as one number, exact for ids below 2^48. */
const keyNumber = (bytes: Buffer, at: number): number =>
  bytes.readUIntBE(at + 1, STAMP_KEY_BYTES - 1) * 32 + ((bytes[at] as number) & 31);
