import type { RedisTarget } from '#common/redis/redis-url.ts';
import { KEY_HASH_BYTES, TOKEN_BYTE } from '#common/token-state/keys.ts';

type Argument = string | Uint8Array;

const [ARRAY, BULK, CR, LF, ZERO] = [0x2a, 0x24, 0x0d, 0x0a, 0x30]; // * $
/** `*` or `$`, a length of up to ten digits, and CRLF. */
const MAX_HEAD_BYTES = 13;
const CRLF_BYTES = 2;

/** HELLO with the credentials, SELECT. */
export function handshakeCommands({ credentials, database }: RedisTarget): string[][] {
  const { username = 'default', password } = credentials;
  const hello = ['HELLO', '3', ...(password === undefined ? [] : ['AUTH', username, password])];
  return database === 0 ? [hello] : [hello, ['SELECT', String(database)]];
}

/** The key of an entry as an argument, up to the hash: the rest is the same for all entries of a generation. */
export function entryKeyHead(keyPrefix: Buffer): Buffer {
  const length = keyPrefix.length + 1 + KEY_HASH_BYTES;
  return Buffer.concat([Buffer.from(`$${length}\r\n`), keyPrefix, Buffer.of(TOKEN_BYTE)]);
}

/** Encodes a command as an array of bulk strings: `args`, the keys of the entries of `hashes`, `values`. */
export function encodeCommand(
  args: readonly Argument[],
  keyHead?: Buffer,
  hashes: readonly Uint8Array[] = [],
  values: readonly Argument[] = [],
): Buffer {
  const keyBytes = keyHead === undefined ? 0 : keyHead.length + KEY_HASH_BYTES + CRLF_BYTES;
  const bytes = Buffer.allocUnsafe(MAX_HEAD_BYTES + maxBytes(args) + hashes.length * keyBytes + maxBytes(values));
  let at = writeHead(bytes, 0, ARRAY, args.length + hashes.length + values.length);
  for (const arg of args) at = writeArgument(bytes, at, arg);
  for (const hash of hashes) {
    bytes.set(keyHead as Buffer, at);
    at += keyBytes - KEY_HASH_BYTES - CRLF_BYTES;
    // Faster than `set` with a view of the hash.
    for (let index = 0; index < KEY_HASH_BYTES; index++) bytes[at++] = hash[index] as number;
    at = writeCrLf(bytes, at);
  }
  for (const value of values) at = writeArgument(bytes, at, value);
  return bytes.subarray(0, at);
}

/** One command for each entry, which differ in their key. */
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

function writeArgument(bytes: Buffer, start: number, arg: Argument): number {
  let at = writeHead(bytes, start, BULK, Buffer.byteLength(arg));
  if (typeof arg === 'string') at += bytes.write(arg, at);
  else {
    bytes.set(arg, at);
    at += arg.length;
  }
  return writeCrLf(bytes, at);
}

function writeHead(bytes: Buffer, start: number, type: number, length: number): number {
  bytes[start] = type;
  let digits = 1;
  for (let rest = length; rest >= 10; rest = (rest / 10) | 0) digits++;
  let rest = length;
  for (let at = start + digits; at > start; at--) {
    bytes[at] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return writeCrLf(bytes, start + 1 + digits);
}

function writeCrLf(bytes: Buffer, at: number): number {
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return at + CRLF_BYTES;
}
