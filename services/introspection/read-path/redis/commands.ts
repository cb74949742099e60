import type { RedisTarget } from '#common/redis/redis-url.ts';
import { KEY_HASH_BYTES, TOKEN_BYTE } from '#common/token-state/keys.ts';

type Argument = string | Uint8Array;

const [CR, LF] = [0x0d, 0x0a];
const CRLF_BYTES = 2;
/** `*` or `$`, a length of up to ten digits, and CRLF. */
const MAX_HEAD_BYTES = 13;

/** HELLO with the credentials, and SELECT unless the database is 0. */
export function handshakeCommands({ credentials, database }: RedisTarget): string[][] {
  const { username = 'default', password } = credentials;
  const hello = ['HELLO', '3', ...(password === undefined ? [] : ['AUTH', username, password])];
  return database === 0 ? [hello] : [hello, ['SELECT', String(database)]];
}

/** The start of the argument with an entry's key: everything before the hash. It is the same for all entries of a generation. */
export function entryKeyHead(keyPrefix: Buffer): Buffer {
  const length = keyPrefix.length + 1 + KEY_HASH_BYTES;
  return Buffer.concat([Buffer.from(`$${length}\r\n`), keyPrefix, Buffer.of(TOKEN_BYTE)]);
}

/** Encodes a command as an array of bulk strings: `args`, the keys of the entries of `hashes`, `values`. */
export function encodeCommand(
  args: readonly Argument[],
  keyHead: Buffer = Buffer.alloc(0),
  hashes: readonly Uint8Array[] = [],
  values: readonly Argument[] = [],
): Buffer {
  const keyBytes = keyHead.length + KEY_HASH_BYTES + CRLF_BYTES;
  const bytes = Buffer.allocUnsafe(MAX_HEAD_BYTES + maxBytes(args) + hashes.length * keyBytes + maxBytes(values));
  let at = bytes.write(`*${args.length + hashes.length + values.length}\r\n`, 'latin1');
  for (const arg of args) at = writeArgument(bytes, at, arg);
  for (const hash of hashes) {
    bytes.set(keyHead, at);
    at += keyHead.length;
    // Faster than `set` with a view of the hash.
    for (let index = 0; index < KEY_HASH_BYTES; index++) bytes[at++] = hash[index] as number;
    at = writeCrLf(bytes, at);
  }
  for (const value of values) at = writeArgument(bytes, at, value);
  return bytes.subarray(0, at);
}

/** One command for each entry; they differ only in the key. */
export function encodeForEach(
  args: readonly Argument[],
  keyHead: Buffer,
  hashes: readonly Uint8Array[],
  values: readonly Argument[],
): Buffer {
  const command = encodeCommand(args, keyHead, hashes.slice(0, 1), values);
  const hashAt = command.indexOf(keyHead) + keyHead.length;
  const commands = Buffer.alloc(hashes.length * command.length, command);
  for (const [index, hash] of hashes.entries()) {
    commands.set(hash.subarray(0, KEY_HASH_BYTES), index * command.length + hashAt);
  }
  return commands;
}

function maxBytes(args: readonly Argument[]): number {
  let bytes = 0;
  for (const arg of args) bytes += MAX_HEAD_BYTES + Buffer.byteLength(arg) + CRLF_BYTES;
  return bytes;
}

/** Returns the offset after the argument. */
function writeArgument(bytes: Buffer, start: number, arg: Argument): number {
  const length = Buffer.byteLength(arg);
  const at = start + bytes.write(`$${length}\r\n`, start, 'latin1');
  if (typeof arg === 'string') bytes.write(arg, at);
  else bytes.set(arg, at);
  return writeCrLf(bytes, at + length);
}

function writeCrLf(bytes: Buffer, at: number): number {
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return at + CRLF_BYTES;
}
