import { readFileSync } from 'node:fs';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, RANDOM_LENGTH } from '#common/credentials/kinds.ts';
import type { TokenOrder } from './job.ts';

/** All access tokens have this length, so a file of them needs no separators. */
export const TOKEN_BYTES = CREDENTIAL_PREFIXES.access_token.length + RANDOM_LENGTH + CHECK_LENGTH;

/** Access tokens, or malformed ones of that length, in a file without separators, and the order in which they are used. */
export class TokenList {
  readonly #bytes: Buffer;
  readonly #order: TokenOrder;
  readonly size: number;
  #taken = 0;
  #random = 0x9e3779b9;

  constructor(file: string, order: TokenOrder = 'random') {
    this.#bytes = readFileSync(file);
    this.#order = order;
    this.size = this.#bytes.length / TOKEN_BYTES;
    if (!Number.isInteger(this.size) || this.size === 0) throw new Error(`${file} does not contain packed tokens`);
  }

  get left(): number {
    return this.#order === 'once' ? this.size - this.#taken : Number.POSITIVE_INFINITY;
  }

  /** Copies the next token to `target`. The default order is random, because reading in order would favor CPU caches. */
  copyNext(target: Buffer, at: number): void {
    const start = (this.#order === 'random' ? this.#draw() : this.#taken++ % this.size) * TOKEN_BYTES;
    this.#bytes.copy(target, at, start, start + TOKEN_BYTES);
  }

  /** xorshift32 (Marsaglia), which costs almost nothing. */
  #draw(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random >>> 0) % this.size;
  }
}
