/** A command as an array of bulk strings (RESP2, "Sending commands to a Redis server"). */
export function encodeCommand(...words: readonly string[]): Buffer {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${bulks.join('')}`);
}

const KEY_END = Buffer.from('\r\n');

/**
 * Writes `MGET` of keys that all are one prefix and as many octets of a suffix, and before it a `GETEX` of the prefix alone,
 * which is no key. Redis takes that for a write, so a primary answers nil to it, and one that has been made a replica,
 * which keeps its connections and would go on answering MGET, refuses it.
 */
export class MultiGet {
  readonly #guard: Buffer;
  /** A key as a bulk string, with room for the suffix. */
  readonly #key: Buffer;
  readonly #suffixAt: number;
  readonly #suffixBytes: number;

  constructor(prefix: Buffer, suffixBytes: number) {
    this.#guard = Buffer.concat([Buffer.from(`*2\r\n$5\r\nGETEX\r\n$${prefix.length}\r\n`), prefix, KEY_END]);
    const start = Buffer.concat([Buffer.from(`$${prefix.length + suffixBytes}\r\n`), prefix]);
    this.#suffixAt = start.length;
    this.#suffixBytes = suffixBytes;
    this.#key = Buffer.concat([start, Buffer.alloc(suffixBytes), KEY_END]);
  }

  encode(suffixes: readonly Uint8Array[]): Buffer {
    const head = `*${suffixes.length + 1}\r\n$4\r\nMGET\r\n`;
    const command = Buffer.allocUnsafe(this.#guard.length + head.length + suffixes.length * this.#key.length);
    command.set(this.#guard);
    let at = this.#guard.length + command.write(head, this.#guard.length, 'latin1');
    for (const suffix of suffixes) {
      command.set(this.#key, at);
      const from = at + this.#suffixAt;
      // Cheaper than a view of the suffix for `set`.
      for (let octet = 0; octet < this.#suffixBytes; octet++) command[from + octet] = suffix[octet] as number;
      at += this.#key.length;
    }
    return command;
  }
}
