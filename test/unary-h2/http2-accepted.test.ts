import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, testServer } from './support/test-server.ts';

const { frame, headers, request, requestFields, Type } = h2;
const { END_HEADERS, END_STREAM, PADDED, PRIORITY } = h2;

const block = encodeFields(requestFields());
const withPriority = Buffer.concat([Buffer.alloc(5), block]);
const priority = (id: number) => frame(Type.PRIORITY, 0, id, Buffer.alloc(5));

/** A request on stream 1 in separate frames: its header section, and parts of its message. */
const OPEN = headers(1, 0);
const MESSAGE = h2.message('hello');
const part = (start: number, end: number) => h2.data(1, 0, MESSAGE.subarray(start, end));
const WHOLE = h2.data(1, END_STREAM, MESSAGE);
const lastPart = (start: number) => h2.data(1, END_STREAM, MESSAGE.subarray(start));

describe('the preface (RFC 9113 section 3.4)', () => {
  test('sends SETTINGS and acknowledges those of the client', async () => {
    const peer = Peer.connect(testServer().server);
    await peer.until('two SETTINGS', () => peer.frames.filter(({ type }) => type === Type.SETTINGS).length === 2);
    expect(peer.frames[0]).toMatchObject({ type: Type.SETTINGS, flags: 0, id: 0 });
    expect(peer.frames.find(({ type, flags }) => type === Type.SETTINGS && flags === h2.ACK)?.payload).toHaveLength(0);
  });

  test('increases the connection’s window', async () => {
    const peer = Peer.connect(testServer({ connectionWindowBytes: 100_000 }).server);
    expect((await peer.frame(Type.WINDOW_UPDATE)).payload.readUInt32BE(0)).toBe(100_000 - 65_535);
  });
});

describe('accepts', () => {
  test.each<[string, ...Buffer[]]>([
    ['one DATA frame', request(1, 'hello')],
    ['END_STREAM on an empty DATA frame', OPEN, h2.data(1, 0, MESSAGE), h2.data(1, END_STREAM)],
    ['DATA split within the prefix', OPEN, ...[0, 2, 4].map((at) => part(at, at + 2)), lastPart(6)],
    ['a message byte by byte', OPEN, ...[...MESSAGE].map((byte) => h2.data(1, 0, Buffer.of(byte))), lastPart(10)],
    ['empty DATA between other frames', OPEN, h2.data(1, 0), part(0, 7), h2.data(1, 0), lastPart(7)],
    ['padded DATA', OPEN, frame(Type.DATA, END_STREAM | PADDED, 1, h2.padded(MESSAGE, 255))],
    ['DATA with a padding of 0', OPEN, frame(Type.DATA, END_STREAM | PADDED, 1, h2.padded(MESSAGE, 0))],
    ['padded HEADERS', frame(Type.HEADERS, END_HEADERS | PADDED, 1, h2.padded(block, 9)), WHOLE],
    ['HEADERS with priority', frame(Type.HEADERS, END_HEADERS | PRIORITY, 1, withPriority), WHOLE],
    [
      'HEADERS with priority and padding',
      frame(Type.HEADERS, END_HEADERS | PRIORITY | PADDED, 1, h2.padded(withPriority, 3)),
      WHOLE,
    ],
    [
      'CONTINUATION',
      frame(Type.HEADERS, 0, 1, block.subarray(0, 7)),
      frame(Type.CONTINUATION, 0, 1, block.subarray(7, 8)),
      frame(Type.CONTINUATION, END_HEADERS, 1, block.subarray(8)),
      WHOLE,
    ],
    ['an empty CONTINUATION', frame(Type.HEADERS, 0, 1, block), frame(Type.CONTINUATION, END_HEADERS, 1), WHOLE],
    ['trailers', OPEN, part(0, 10), headers(1, END_STREAM, [['x-checksum', '1']])],
    [
      'trailers with CONTINUATION',
      OPEN,
      part(0, 10),
      frame(Type.HEADERS, END_STREAM, 1),
      frame(Type.CONTINUATION, END_HEADERS, 1, encodeFields([['x-checksum', '1']])),
    ],
    [
      'undefined flags and the reserved bit',
      frame(Type.HEADERS, END_HEADERS | 0x42, 0x8000_0001, block),
      frame(Type.DATA, END_STREAM | 0xf2, 0x8000_0001, MESSAGE),
    ],
    ['unknown frame types', frame(0xbe, 0xff, 99, Buffer.alloc(50)), OPEN, frame(0x10, 0, 1, Buffer.alloc(3)), WHOLE],
    ['unknown settings', h2.settings([0x9999, 7], [0x0, 1], [0x8, 1]), request(1, 'hello')],
    [
      'ENABLE_PUSH and MAX_FRAME_SIZE at their limits, and other settings',
      h2.settings([0x2, 1], [0x2, 0], [0x5, 16_384], [0x5, 16_777_215], [0x6, 0], [0x4, 65_535]),
      request(1, 'hello'),
    ],
    ['PRIORITY on idle and open streams', priority(77), OPEN, priority(1), WHOLE],
    ['a GOAWAY from the client', request(1, 'hello'), frame(Type.GOAWAY, 0, 0, Buffer.alloc(11))],
    [
      'PRIORITY, WINDOW_UPDATE and RST_STREAM on a closed stream',
      OPEN,
      h2.reset(1),
      priority(1),
      h2.reset(1),
      h2.windowUpdate(1, 5),
      request(3, 'hello'),
    ],
    ['skipped stream identifiers', request(7, 'x'), request(1_001, 'hello')],
    ['a correct content-length', request(1, 'hello', requestFields([['content-length', '10']]))],
    ['a Host that equals :authority', request(1, 'hello', requestFields([['host', 'unary-h2.test']]))],
  ])('%s', async (_name, ...frames) => {
    const bytes = Buffer.concat(frames);
    const peer = Peer.connect(testServer().server);
    peer.send(bytes);
    const id = lastRequest(bytes);
    const { fields, content } = await peer.response(id);
    expect(fields).toEqual({ ':status': '200', 'content-type': 'application/grpc+proto', 'grpc-status': '0' });
    expect(content).toEqual(framed('hello'));
    expect(peer.frames.filter(({ type }) => type === Type.RST_STREAM || type === Type.GOAWAY)).toEqual([]);
  });
});

/** The stream identifier of the last HEADERS frame. */
function lastRequest(bytes: Buffer): number {
  let last = 0;
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === Type.HEADERS) last = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
  }
  return last;
}

describe('PING (RFC 9113 section 6.7)', () => {
  test('is acknowledged with its data; an acknowledgement is not', async () => {
    const peer = Peer.connect(testServer().server);
    peer.send(frame(Type.PING, h2.ACK, 0, Buffer.from('notforus')), h2.ping(Buffer.from('abcdefgh')));
    expect(await peer.frame(Type.PING)).toEqual({
      type: Type.PING,
      flags: h2.ACK,
      id: 0,
      payload: Buffer.from('abcdefgh'),
    });
    peer.send(request(1, ''));
    await peer.response(1);
    expect(peer.frames.filter(({ type }) => type === Type.PING)).toHaveLength(1);
  });
});
