/** Size attacks on HTTP/2: memory is bounded, what exceeds a limit is rejected, and other connections are still served. */
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ErrorCode, type Limits } from '../../services/common/unary-h2/unary-server.ts';
import { type Attack, expectClosedWith, MIB, target } from './support/attack.ts';
import * as h2 from './support/frames.ts';
import { heldBytes } from './support/memory.ts';
import { framed, HOLD_FIELDS, testServer } from './support/test-server.ts';

const { END_HEADERS, END_STREAM, frame, headers, request, requestFields, Type } = h2;
const { ENHANCE_YOUR_CALM, CANCEL, REFUSED_STREAM } = ErrorCode;
const INITIAL_WINDOW_SIZE = 0x4;

describe('HPACK bomb', () => {
  /** Inserts the field `b` with a value of 4,000 bytes into the table. The byte 0xbe refers to it. */
  const bomb = Buffer.concat([
    Buffer.from([0x40, 0x01, 0x62, 0x7f, 0x80 + 0x21, 0x1e]),
    Buffer.alloc(0x7f + 0x21 + 0x1e * 128, 0x78),
  ]);

  test('one table entry, referenced thousands of times in a block', async () => {
    const block = Buffer.concat([bomb, Buffer.alloc(12_000, 0xbe)]);
    await expectClosedWith(ENHANCE_YOUR_CALM, await target(), (peer) =>
      peer.send(frame(Type.HEADERS, END_HEADERS | END_STREAM, 1, block)),
    );
  });

  test('one insertion in each of many blocks: the streams do not keep the values', async () => {
    const victim = await target();
    const peer = await victim.peer();
    const before = await heldBytes();
    const block = Buffer.concat([encodeFields(HOLD_FIELDS), bomb, Buffer.alloc(2, 0xbe)]);
    peer.send(h2.eachStream(200, (id) => frame(Type.HEADERS, END_HEADERS, id, block)));
    await peer.until('the streams', () => victim.server.stats.openStreams === 200);
    // Less than one value for each stream.
    expect((await heldBytes()) - before).toBeLessThan(200 * 4_000);
    await victim.expectOthersServed();
  });
});

describe('oversize header list', () => {
  const fields = (bytes: number) => requestFields([['x-large', 'v'.repeat(bytes)]]);

  test('above SETTINGS_MAX_HEADER_LIST_SIZE: 431 and RESOURCE_EXHAUSTED for its stream only', async () => {
    const victim = await target({ maxHeaderListBytes: 4_000 });
    const peer = await victim.peer();
    peer.send(request(1, 'x', fields(4_000)), request(3, 'x', fields(3_000)));
    expect((await peer.response(1)).fields).toMatchObject({ ':status': '431', 'grpc-status': '8' });
    expect((await peer.response(3)).content).toEqual(framed('x'));
  });

  const block = encodeFields(fields(25_000));
  const inTwoFrames = Buffer.concat([
    frame(Type.HEADERS, END_STREAM, 1, block.subarray(0, 16_384)),
    frame(Type.CONTINUATION, END_HEADERS, 1, block.subarray(16_384)),
  ]);
  test.each<[string, Partial<Limits>, Buffer]>([
    ['far above the limit', { maxHeaderListBytes: 2_000 }, headers(1, END_STREAM, fields(9_000))],
    ['above maxHeaderBlockBytes, in one frame', { maxHeaderBlockBytes: 3_000 }, headers(1, END_STREAM, fields(4_000))],
    ['above maxHeaderBlockBytes, in several frames', { maxHeaderBlockBytes: 20_000 }, inTwoFrames],
  ])('%s: closes the connection', async (_name, limits, bytes) => {
    await expectClosedWith(ENHANCE_YOUR_CALM, await target(limits), (peer) => peer.send(bytes));
  });
});

test('unread output does not keep whole slabs of the shared write buffer in memory', async () => {
  const { server } = testServer();
  /** One duplex whose first write never finishes, and one whose writes finish at once. */
  const slow = new Duplex({ read() {}, write() {} });
  const busy = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  for (const duplex of [slow, busy]) {
    server.accept(duplex);
    duplex.push(Buffer.concat([h2.PREFACE, h2.settings(), h2.SETTINGS_ACK]));
  }
  const before = await heldBytes();
  for (let id = 1; id < 1_000; id += 2) {
    slow.push(h2.ping());
    busy.push(Buffer.concat([request(id, Buffer.alloc(60_000)), h2.windowUpdate(0, 60_005)]));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(server.stats.responded).toBe(500);
  expect(slow.writableLength).toBeGreaterThan(500 * h2.ping().length);
  expect((await heldBytes()) - before).toBeLessThan(4 * MIB);
  for (const duplex of [slow, busy]) duplex.destroy();
});

describe('zero windows', () => {
  const zeroWindow = h2.settings([INITIAL_WINDOW_SIZE, 0]);

  test('on all streams: blocked responses are limited by maxConcurrentStreams and reset after stallTimeoutMs', async () => {
    const victim = await target({ stallTimeoutMs: 300, maxConcurrentStreams: 20 });
    const peer = await victim.peer(zeroWindow);
    peer.send(h2.eachStream(100, (id) => request(id, Buffer.alloc(5_000))));
    expect(await peer.resetCode(41)).toBe(REFUSED_STREAM);
    expect(victim.server.stats.openStreams).toBeLessThanOrEqual(20);
    for (let id = 1; id < 40; id += 2) expect(await peer.resetCode(id)).toBe(CANCEL);
    expect(victim.server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0 });
    peer.send(h2.settings([INITIAL_WINDOW_SIZE, 65_535]), request(201, Buffer.alloc(5_000)));
    expect((await peer.response(201)).content).toHaveLength(5_005);
    expect(peer.isClosed).toBe(false);
  });

  test('on the connection: closed after stallTimeoutMs', async () => {
    await expectClosedWith(ENHANCE_YOUR_CALM, await target({ stallTimeoutMs: 300 }), (peer) =>
      peer.send(request(1, Buffer.alloc(60_000)), request(3, Buffer.alloc(60_000))),
    );
  });

  test('on streams that are then reset: releases their responses', async () => {
    const victim = await target({ controlFrameBurst: 1e9, resetBurst: 1e9 });
    const peer = await victim.peer(zeroWindow);
    const before = await heldBytes();
    // The messages of one round fit into the server's connection window.
    for (let first = 1; first < 4_000; first += 100) {
      peer.send(h2.eachStream(50, (id) => request(id, Buffer.alloc(10_000)), first));
      await peer.frame(Type.HEADERS, first + 98);
      peer.send(h2.eachStream(50, (id) => h2.reset(id), first));
    }
    await peer.until('the last reset', () => victim.server.stats.openStreams === 0);
    expect((await heldBytes()) - before).toBeLessThan(8 * MIB);
  });

  test('on a stream that is then reset: does not count as a stalled connection', async () => {
    const victim = await target({ stallTimeoutMs: 300 });
    const peer = await victim.peer(zeroWindow);
    peer.send(request(1, 'x'));
    await peer.frame(Type.HEADERS, 1);
    peer.send(h2.reset(1));
    await new Promise((resolve) => setTimeout(resolve, 600));
    peer.send(request(3, 'x'), h2.windowUpdate(3, 100));
    expect((await peer.response(3)).content).toEqual(framed('x'));
    expect(peer.goAways()).toEqual([]);
  });

  test('after an idle period: the full stallTimeoutMs applies', async () => {
    const victim = await target({ stallTimeoutMs: 600 });
    const peer = await victim.peer(zeroWindow);
    await new Promise((resolve) => setTimeout(resolve, 800));
    peer.send(request(1, 'x'));
    await new Promise((resolve) => setTimeout(resolve, 250));
    peer.send(h2.windowUpdate(1, 100));
    expect((await peer.response(1)).content).toEqual(framed('x'));
  });

  test('on one stream of a busy connection: resets only that stream', async () => {
    const victim = await target({ stallTimeoutMs: 300 });
    const peer = await victim.peer();
    peer.send(zeroWindow, request(1, 'stalled'), h2.settings([INITIAL_WINDOW_SIZE, 65_535]), h2.windowUpdate(1, 1));
    await peer.response(1);
    peer.send(zeroWindow, request(3, 'stalled'));
    const isReset = () => peer.frames.some(({ id, type }) => id === 3 && type === Type.RST_STREAM);
    for (let id = 5; id < 2_000 && !isReset(); id += 2) {
      peer.send(request(id, 'x'), h2.windowUpdate(id, 100));
      await peer.response(id);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await peer.resetCode(3)).toBe(CANCEL);
    expect(peer.goAways()).toEqual([]);
  });

  test('increased one byte at a time: closes the connection', async () => {
    const victim = await target({ controlFrameBurst: 50, controlFramesPerSecond: 1 });
    const attack: Attack = async (peer) => {
      peer.send(request(1, Buffer.alloc(1_000)));
      for (let byte = 0; byte < 200; byte++) {
        peer.send(h2.windowUpdate(1, 1));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await expectClosedWith(ENHANCE_YOUR_CALM, victim, attack, zeroWindow);
  });
});
