import { STAMP_BYTES } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';

/** About 10 MB. */
const MAX_TOKENS = 50_000;

/** The owner of a token for fair queueing: the keys of its stamps, which are the same for all tokens of an install. */
export function ownerOf(stamps: Uint8Array): string {
  let owner = '';
  for (let at = 0; at + STAMP_BYTES <= stamps.length; at += STAMP_BYTES) {
    owner += Buffer.from(stamps.buffer, stamps.byteOffset + at, STAMP_KEY_BYTES).toString('latin1');
  }
  return owner;
}

/** Owners of recently loaded tokens, for tokens whose state is not in Redis. */
export class OwnerCache {
  readonly #owners = new Map<string, string>();

  get(key: string): string | undefined {
    return this.#owners.get(key);
  }

  /** `stamps`: those of the token's state; an unknown token has none and is not cached. */
  set(key: string, stamps: Uint8Array): void {
    if (stamps.length === 0) return;
    if (this.#owners.size >= MAX_TOKENS) this.#owners.clear();
    this.#owners.set(key, ownerOf(stamps));
  }
}
