import { STAMP_BYTES, STAMP_ID_BYTES, STAMPS_OFFSET, stampIdIn, stampsEnd } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';

/** As many as Redis tracks by default (tracking-table-max-keys). They take about 100 MB of this process. */
const MAX_STAMPS = 1_000_000;
/** Cached in place of an id if the stamp is missing or fenced in Redis. Differs from every id. */
const NO_ID = -1;

/** Whether the stamps of a state are current; `unknown` if some must be read first. */
export type StampCheck = 'current' | 'changed' | 'unknown';

/**
 * The stamps that one connection has read, also those that were missing or fenced. Redis pushes changes on the same connection
 * before the reply to any later command (CLIENT TRACKING), so cached stamps are valid only as long as the connection. Their
 * number is limited here, because Redis need not limit it (`tracking-table-max-keys 0`).
 */
export class StampCache {
  /** Stamp ids by key, both as numbers. */
  readonly #ids = new Map<number, number>();
  /** Keys that were needed and are not cached. */
  readonly #unread = new Map<number, Buffer>();

  /** Compares the stamps of a state with the cached ones. After `unknown`, takeUnread() returns those that are not cached. */
  check(state: Buffer): StampCheck {
    let result: StampCheck = 'current';
    const end = stampsEnd(state);
    for (let at = STAMPS_OFFSET; at < end; at += STAMP_BYTES) {
      const key = keyNumber(state, at);
      const id = this.#ids.get(key);
      if (id === undefined) {
        this.#unread.set(key, state.subarray(at, at + STAMP_KEY_BYTES));
        result = 'unknown';
      } else if (id !== state.readUIntBE(at + STAMP_KEY_BYTES, STAMP_ID_BYTES)) return 'changed';
    }
    return result;
  }

  /** The keys of stamps to read, 7 bytes each. */
  takeUnread(): Buffer[] {
    const keys = [...this.#unread.values()];
    this.#unread.clear();
    return keys;
  }

  /** `values`: what Redis has just returned; undefined for a missing stamp. */
  setAll(keys: readonly Buffer[], values: readonly (Buffer | undefined)[]): void {
    for (const [index, key] of keys.entries()) {
      const value = values[index];
      const id = value && stampIdIn(value);
      if (this.#ids.size >= MAX_STAMPS) this.#ids.delete(this.#ids.keys().next().value as number); // the oldest
      this.#ids.set(keyNumber(key, 0), id?.readUIntBE(0, STAMP_ID_BYTES) ?? NO_ID);
    }
  }

  delete(key: Buffer): void {
    this.#ids.delete(keyNumber(key, 0));
  }

  clear(): void {
    this.#ids.clear();
  }
}

/** Kind and id as one number, exact for ids below 2^48. */
const keyNumber = (bytes: Buffer, at: number): number =>
  bytes.readUIntBE(at + 1, STAMP_KEY_BYTES - 1) * 32 + ((bytes[at] as number) & 31);
