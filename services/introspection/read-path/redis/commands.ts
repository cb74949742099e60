import type { RedisTarget } from '#common/redis/redis-url.ts';
import { KEY_HASH_BYTES, TOKEN_BYTE } from '#common/token-state/keys.ts';

const CRLF = '\r\n';
/** `*` or `$`, a length, and CRLF. */
const MAX_HEAD_BYTES = 16;

/** Encodes a command as an array of bulk strings, in one buffer: a fill has hundreds of them. */
export function encodeCommand(args: readonly (string | Uint8Array)[]): Buffer {
  let max = MAX_HEAD_BYTES;
  for (const arg of args) max += MAX_HEAD_BYTES + Buffer.byteLength(arg) + CRLF.length;
  const command = Buffer.allocUnsafe(max);
  let at = command.write(`*${args.length}${CRLF}`, 'latin1');
  for (const arg of args) {
    at += command.write(`$${Buffer.byteLength(arg)}${CRLF}`, at, 'latin1');
    if (typeof arg === 'string') at += command.write(arg, at);
    else {
      command.set(arg, at);
      at += arg.length;
    }
    at += command.write(CRLF, at, 'latin1');
  }
  return command.subarray(0, at);
}

/** HELLO with the credentials, SELECT. */
export function handshakeCommands({ credentials, database }: RedisTarget): string[][] {
  const { username = 'default', password } = credentials;
  const hello = ['HELLO', '3', ...(password === undefined ? [] : ['AUTH', username, password])];
  return database === 0 ? [hello] : [hello, ['SELECT', String(database)]];
}

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
    this.#key = Buffer.concat([start, Buffer.alloc(KEY_HASH_BYTES), Buffer.from(CRLF)]);
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
