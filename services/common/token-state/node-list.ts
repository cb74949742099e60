import { createHash } from 'node:crypto';

/**
 * The nodes among which tokens are distributed, by rendezvous hashing: each token belongs to the node with the highest score,
 * so an added node takes only its share of the tokens, and a removed one gives up only its own.
 */
export class NodeList {
  readonly names: readonly string[];
  readonly #seeds: readonly number[];

  constructor(names: readonly string[]) {
    this.names = [...names].sort();
    this.#seeds = this.names.map((name) => createHash('sha256').update(name).digest().readUInt32BE());
  }

  hasExactly(names: readonly string[]): boolean {
    return names.length === this.names.length && names.every((name) => this.names.includes(name));
  }

  /** The name of the node to which a token belongs; undefined if the list is empty. `tokenHash`: SHA-256 of the token. */
  homeOf(tokenHash: Uint8Array): string | undefined {
    if (this.names.length === 1) return this.names[0];
    const word = firstWord(tokenHash);
    let best = 0;
    let bestScore = -1;
    for (let index = 0; index < this.#seeds.length; index++) {
      const score = mix(word ^ (this.#seeds[index] as number));
      if (score > bestScore) [best, bestScore] = [index, score];
    }
    return this.names[best];
  }
}

/** The first 32 bits. */
const firstWord = (hash: Uint8Array): number =>
  ((hash[0] as number) << 24) | ((hash[1] as number) << 16) | ((hash[2] as number) << 8) | (hash[3] as number);

/** The finalizer of MurmurHash3, 32 bits. */
function mix(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
