import { STAMP_BYTES } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';

/** Bounds memory to some 10 MB. */
const MAX_TOKENS = 50_000;

/** Whose token it is, as far as fairness goes: the keys of its stamps are the same for all tokens of one install. */
export function ownerOf(stamps: Uint8Array): string {
  let owner = '';
  for (let at = 0; at + STAMP_BYTES <= stamps.length; at += STAMP_BYTES) {
    owner += Buffer.from(stamps.buffer, stamps.byteOffset + at, STAMP_KEY_BYTES).toString('latin1');
  }
  return owner;
}

/** Remembers whose the tokens are that were asked about lately, for the time when the cache cannot say it. */
export class KnownOwners {
  readonly #owners = new Map<string, string>();

  /** Undefined for a token that was not asked about lately. */
  of(key: string): string | undefined {
    return this.#owners.get(key);
  }

  /** `stamps`: those of its state; empty for an unknown token, which is nobody's. */
  note(key: string, stamps: Uint8Array): void {
    if (stamps.length === 0) return;
    if (this.#owners.size >= MAX_TOKENS) this.#owners.clear();
    this.#owners.set(key, ownerOf(stamps));
  }
}
