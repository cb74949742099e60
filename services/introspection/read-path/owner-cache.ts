import { STAMP_BYTES } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';

/** About 10 MB. */
const MAX_TOKENS = 50_000;

/** The owner of a token for fair queueing: the keys of its stamps, which are the same for all tokens of an install. */
export const ownerOf = (stamps: Uint8Array): string => keysIn(textOf(stamps));

/** Owners of recently loaded tokens, for tokens whose state is not in Redis. */
export class OwnerCache {
  /** The stamps of each token: most owners are never asked for. */
  readonly #stamps = new Map<string, string>();

  get(key: string): string | undefined {
    const stamps = this.#stamps.get(key);
    return stamps && keysIn(stamps);
  }

  /** `stamps`: those of the token's state; an unknown token has none and is not cached. */
  set(key: string, stamps: Uint8Array): void {
    if (stamps.length === 0) return;
    if (this.#stamps.size >= MAX_TOKENS) this.#stamps.clear();
    this.#stamps.set(key, textOf(stamps));
  }
}

const textOf = (stamps: Uint8Array): string =>
  Buffer.from(stamps.buffer, stamps.byteOffset, stamps.length).toString('latin1');

function keysIn(stamps: string): string {
  let keys = '';
  for (let at = 0; at < stamps.length; at += STAMP_BYTES) keys += stamps.slice(at, at + STAMP_KEY_BYTES);
  return keys;
}
