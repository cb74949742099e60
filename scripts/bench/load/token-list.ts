import { readFileSync } from 'node:fs';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, RANDOM_LENGTH } from '#common/credentials/kinds.ts';

/** Access tokens all have this length, so a file of them needs no separators and a request can be made by copying. */
export const TOKEN_BYTES = CREDENTIAL_PREFIXES.access_token.length + RANDOM_LENGTH + CHECK_LENGTH;

/** Access tokens packed into a file, one after another. */
export class TokenList {
  readonly #octets: Buffer;
  readonly size: number;
  #random = 0x9e3779b9;

  constructor(file: string) {
    this.#octets = readFileSync(file);
    this.size = this.#octets.length / TOKEN_BYTES;
    if (!Number.isInteger(this.size) || this.size === 0) throw new Error(`${file} holds no packed tokens`);
  }

  /** Copies a token to `target`, any one: reading them in order would flatter caches of memory. */
  copyAny(target: Buffer, at: number): void {
    // xorshift32 (Marsaglia): a draw must cost next to nothing beside the request.
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    const start = ((this.#random >>> 0) % this.size) * TOKEN_BYTES;
    this.#octets.copy(target, at, start, start + TOKEN_BYTES);
  }
}
