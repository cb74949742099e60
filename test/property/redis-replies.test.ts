import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeCommand, MultiGet } from '../../services/common/token-state/reads/commands.ts';
import { ReplyReader, type ReplySink } from '../../services/common/token-state/reads/reply-reader.ts';

type Reply = string | Buffer | null | number;

/** Replies as a list of what they were: a number for an array's header, text for a line. */
class Recorder implements ReplySink {
  readonly replies: Reply[] = [];
  bulk(octets: Buffer, start: number, end: number): void {
    this.replies.push(Buffer.from(octets.subarray(start, end)));
  }
  nil(): void {
    this.replies.push(null);
  }
  array(length: number): void {
    this.replies.push(length);
  }
  line(isError: boolean, text: string): void {
    this.replies.push(`${isError ? '-' : '+'}${text}`);
  }
}

function encode(reply: Reply): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`*${reply}\r\n`);
  if (typeof reply === 'string') return Buffer.from(`${reply}\r\n`);
  return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')]);
}

const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.constant(null),
  fc.nat({ max: 2_000 }),
  fc.tuple(fc.constantFrom('+', '-'), fc.stringMatching(/^[ -~]{0,40}$/)).map((parts) => parts.join('')),
  fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
);

function readIn(pieces: readonly Buffer[]): Reply[] {
  const recorder = new Recorder();
  const reader = new ReplyReader(recorder);
  for (const piece of pieces) reader.read(piece);
  return recorder.replies;
}

test('replies are the same however their octets are cut', () => {
  fc.assert(
    fc.property(fc.array(reply, { minLength: 1, maxLength: 12 }), fc.array(fc.nat()), (replies, cuts) => {
      const octets = Buffer.concat(replies.map(encode));
      const at = [...new Set([0, ...cuts.map((cut) => cut % octets.length), octets.length])].sort((a, b) => a - b);
      const pieces = at.slice(1).map((end, index) => octets.subarray(at[index], end));
      expect(readIn(pieces)).toEqual(replies);
    }),
  );
});

test('cut in two at every position, and octet by octet', () => {
  const replies: Reply[] = [3, Buffer.from('a\r\nb'), null, Buffer.alloc(0), '+OK', '-ERR no'];
  const octets = Buffer.concat(replies.map(encode));
  for (let at = 0; at <= octets.length; at++) {
    expect(readIn([octets.subarray(0, at), octets.subarray(at)])).toEqual(replies);
  }
  expect(readIn(Array.from(octets, (octet) => Buffer.of(octet)))).toEqual(replies);
});

test('any octets at all are replies, or an error, or wait for more', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (pieces) => {
      try {
        readIn(pieces.map((piece) => Buffer.from(piece)));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});

test.each([
  '$1048577\r\n',
  `$${'9'.repeat(30)}\r\n`,
  '$x\r\n',
  '*-1\r\n',
  'HTTP/1.1 400\r\n',
  '%1\r\n',
  '+'.padEnd(70_000),
])('not taken: %.20j', (text) => {
  expect(() => readIn([Buffer.from(text)])).toThrow();
});

test('commands are arrays of bulk strings, lengths in octets', () => {
  expect(encodeCommand('AUTH', 'pässword').toString()).toBe('*2\r\n$4\r\nAUTH\r\n$9\r\npässword\r\n');
  const encoded = new MultiGet(Buffer.from('p:'), 2).encode([Buffer.from('ab'), Buffer.from('cd and more')]);
  const guard = '*2\r\n$5\r\nGETEX\r\n$2\r\np:\r\n';
  expect(encoded.toString()).toBe(`${guard}*3\r\n$4\r\nMGET\r\n$4\r\np:ab\r\n$4\r\np:cd\r\n`);
});
