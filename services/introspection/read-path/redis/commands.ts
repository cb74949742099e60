import { KEY_HASH_BYTES, TOKEN_BYTE } from '#common/token-state/keys.ts';

/** Encodes a command as an array of bulk strings. */
export function encodeCommand(args: readonly (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === 'string' ? Buffer.from(arg) : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

const CRLF = Buffer.from('\r\n');

/** Encodes MGET of token entries, whose keys differ in their hash only. */
export class EntryMgetEncoder {
  /** `$<length>` and an entry's key, with space for the hash. */
  readonly #key: Buffer;
  readonly #hashAt: number;

  /** `keyPrefix`: the prefix of all keys of the generation. */
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
      // Faster than `set` with a view of the hash.
      for (let index = 0; index < KEY_HASH_BYTES; index++) command[from + index] = hash[index] as number;
      at += this.#key.length;
    }
    return command;
  }
}
