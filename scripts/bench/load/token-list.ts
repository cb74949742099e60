import { readFileSync } from 'node:fs';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, RANDOM_LENGTH } from '#common/credentials/kinds.ts';
import type { TokenOrder } from './job.ts';

/** Access tokens all have this length, so a file of them needs no separators and a request can be made by copying. */
export const TOKEN_BYTES = CREDENTIAL_PREFIXES.access_token.length + RANDOM_LENGTH + CHECK_LENGTH;

/** Access tokens packed into a file, one after another, and the order in which they are taken. */
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
    if (!Number.isInteger(this.size) || this.size === 0) throw new Error(`${file} holds no packed tokens`);
  }

  /** How many can still be taken. */
  get left(): number {
    return this.#order === 'once' ? this.size - this.#taken : Number.POSITIVE_INFINITY;
  }

  /** Copies the next token to `target`. At random unless told otherwise: reading in order would flatter caches of memory. */
  copyNext(target: Buffer, at: number): void {
    const start = (this.#order === 'random' ? this.#draw() : this.#taken++ % this.size) * TOKEN_BYTES;
    this.#bytes.copy(target, at, start, start + TOKEN_BYTES);
  }

  /** xorshift32 (Marsaglia): a draw must cost next to nothing beside the request. */
  #draw(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random >>> 0) % this.size;
  }
}
