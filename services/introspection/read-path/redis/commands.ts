import { KEY_HASH_BYTES, TOKEN_BYTE } from '#common/token-state/keys.ts';

/** A command as an array of bulk strings (RESP, "Sending commands to a Redis server"). */
export function encodeCommand(words: readonly (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

const CRLF = Buffer.from('\r\n');

/** Writes MGET of entries of tokens, whose keys differ in their hash alone. */
export class EntriesGet {
  /** `$<length>` and the key of an entry, with room for the hash. */
  readonly #key: Buffer;
  readonly #hashAt: number;

  /** `keyPrefix`: what is before every key of the generation. */
  constructor(keyPrefix: Buffer) {
    const length = keyPrefix.length + 1 + KEY_HASH_BYTES;
    const start = Buffer.concat([Buffer.from(`$${length}\r\n`), keyPrefix, Buffer.of(TOKEN_BYTE)]);
    this.#hashAt = start.length;
    this.#key = Buffer.concat([start, Buffer.alloc(KEY_HASH_BYTES), CRLF]);
  }

  encode(hashes: readonly Uint8Array[]): Buffer {
    const head = `*${hashes.length + 1}\r\n$4\r\nMGET\r\n`;
    const command = Buffer.allocUnsafe(head.length + hashes.length * this.#key.length);
    let at = command.write(head, 'latin1');
    for (const hash of hashes) {
      command.set(this.#key, at);
      const from = at + this.#hashAt;
      // Cheaper than a view of the hash for `set`.
      for (let index = 0; index < KEY_HASH_BYTES; index++) command[from + index] = hash[index] as number;
      at += this.#key.length;
    }
    return command;
  }
}
