import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeCommand, encodeForEach, entryKeyHead } from '../../services/introspection/read-path/redis/commands.ts';
import {
  type ReplyHandler,
  ReplyReader,
  type Values,
} from '../../services/introspection/read-path/redis/reply-reader.ts';

type Value = string | Buffer | null | { readonly kind: '*' | '>' | '%'; readonly values: readonly Value[] };
type Kind = 'reply' | 'error' | 'push';

/** Records what was read: the kind, and the values or the message of the error. */
class Recorder implements ReplyHandler {
  readonly seen: [Kind, ...string[]][] = [];

  onReply(values: Values): void {
    this.seen.push(['reply', ...values.map(textOf)]);
  }
  onError(message: string): void {
    this.seen.push(['error', message]);
  }
  onPush(values: Values): void {
    this.seen.push(['push', ...values.map(textOf)]);
  }
}

const textOf = (value: Buffer | undefined) => value?.toString('latin1') ?? 'null';

function encode(value: Value): Buffer {
  if (value === null) return Buffer.from('_\r\n');
  if (typeof value === 'string') return Buffer.from(`${value}\r\n`);
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
  const count = value.kind === '%' ? value.values.length / 2 : value.values.length;
  return Buffer.concat([Buffer.from(`${value.kind}${count}\r\n`), ...value.values.map(encode)]);
}

/** What the recorder should see of a value. */
function textsOf(value: Value): string[] {
  if (value === null) return ['null'];
  if (typeof value === 'string') return [value.slice(1)];
  return Buffer.isBuffer(value) ? [value.toString('latin1')] : value.values.flatMap(textsOf);
}

function kindOf(value: Value): Kind {
  if (typeof value === 'string' && value.startsWith('-')) return 'error';
  return value !== null && typeof value === 'object' && 'kind' in value && value.kind === '>' ? 'push' : 'reply';
}
const expected = (values: readonly Value[]) => values.map((value) => [kindOf(value), ...textsOf(value)]);

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.tuple(fc.constantFrom('+', '-', ':'), fc.stringMatching(/^[ -~]{0,40}$/)).map((parts) => parts.join('')),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const inner: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('*' as const), values: fc.array(scalar, { maxLength: 5 }) }) },
);
const reply: fc.Arbitrary<Value> = fc.oneof(
  scalar,
  fc.record({ kind: fc.constantFrom('*', '>'), values: fc.array(inner, { maxLength: 8 }) }),
  fc.array(fc.tuple(inner, inner), { maxLength: 4 }).map((pairs) => ({ kind: '%' as const, values: pairs.flat() })),
);

function readPieces(pieces: readonly Buffer[]): Recorder['seen'] {
  const recorder = new Recorder();
  const reader = new ReplyReader(recorder);
  for (const piece of pieces) reader.read(piece);
  return recorder.seen;
}

test('reads the same replies and pushes however the bytes are split', () => {
  fc.assert(
    fc.property(fc.array(reply, { minLength: 1, maxLength: 12 }), fc.array(fc.nat()), (replies, cuts) => {
      const bytes = Buffer.concat(replies.map(encode));
      const at = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(readPieces(pieces)).toEqual(expected(replies));
    }),
  );
});

test('reads the same replies split in two at every position, and byte by byte', () => {
  const push: Value = { kind: '>', values: [Buffer.from('invalidate'), { kind: '*', values: [Buffer.from('key')] }] };
  const flush: Value = { kind: '>', values: [Buffer.from('invalidate'), null] };
  const get: Value = { kind: '*', values: [Buffer.from('a\r\nb'), null, Buffer.alloc(0)] };
  const replies: Value[] = [push, get, flush, '+OK', '-ERR no', { kind: '*', values: [] }, ':1'];
  const bytes = Buffer.concat(replies.map(encode));
  for (let at = 0; at <= bytes.length; at++) {
    expect(readPieces([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected(replies));
  }
  expect(readPieces(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(expected(replies));
});

test('reads, rejects or buffers any bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (pieces) => {
      try {
        readPieces(pieces.map((piece) => Buffer.from(piece)));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});

test.each([
  ['a string that is too long', '$1048577\r\n'],
  ['a negative length', '$-1\r\n'],
  ['a length of 30 digits', `$${'9'.repeat(30)}\r\n`],
  ['a length that is not a number', '$x\r\n'],
  ['an array that is too long', '*1048577\r\n'],
  ['HTTP', 'HTTP/1.1 400\r\n'],
  ['a verbatim string', '=4\r\ntxt:\r\n'],
  ['a double', ',1.5\r\n'],
  ['a line that is too long', '+'.padEnd(65_537)],
])('rejects %s', (_what, text) => {
  expect(() => readPieces([Buffer.from(text)])).toThrow();
});

test('encodes commands as arrays of bulk strings with lengths in bytes', () => {
  expect(encodeCommand(['AUTH', 'pässword']).toString()).toBe('*2\r\n$4\r\nAUTH\r\n$9\r\npässword\r\n');
  const [one, other] = ['one'.padEnd(16, '1'), 'other'.padEnd(16, '2')];
  const hashes = [one, `${other} and the rest of the hash`].map((text) => Buffer.from(text));
  const keys = `$19\r\np:t${one}\r\n$19\r\np:t${other}\r\n`;
  const keyHead = entryKeyHead(Buffer.from('p:'));
  expect(encodeCommand(['MGET'], keyHead, hashes).toString()).toBe(`*3\r\n$4\r\nMGET\r\n${keys}`);
  const value = 'v'.repeat(1_234);
  expect(encodeCommand(['CALL'], keyHead, hashes, [value, '']).toString()).toBe(
    `*5\r\n$4\r\nCALL\r\n${keys}$1234\r\n${value}\r\n$0\r\n\r\n`,
  );
  const set = (hash: string) => `*3\r\n$3\r\nSET\r\n$19\r\np:t${hash}\r\n$2\r\nNX\r\n`;
  expect(encodeForEach(['SET'], keyHead, hashes, ['NX']).toString()).toBe(set(one) + set(other));
});
