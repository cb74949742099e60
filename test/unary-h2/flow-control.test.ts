import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, HOLD_PATH, testServer } from './support/test-server.ts';

const { END_STREAM, headers, message, request, requestFields, Type } = h2;
const INITIAL_WINDOW_SIZE = 0x4;
const HEADER_TABLE_SIZE = 0x1;

const content = Buffer.from(Array.from({ length: 300 }, (_, index) => index & 0xff));
const whole = framed(content);
const turns = async () => {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
};

describe('sending (RFC 9113 section 6.9)', () => {
  test.each([0, 1, 4, 5, 6, 304, 305, 306])('respects an initial window of %i', async (window) => {
    const peer = Peer.connect(testServer().server, { handshake: h2.settings([INITIAL_WINDOW_SIZE, window]) });
    peer.send(request(1, content));
    await peer.frame(Type.HEADERS, 1);
    await turns();
    expect(peer.receivedContent(1)).toEqual(whole.subarray(0, window));
    for (let sent = window; sent < whole.length; sent += 7) {
      peer.send(h2.windowUpdate(1, 7));
      await peer.until('7 more bytes', () => peer.receivedContent(1).length === Math.min(sent + 7, whole.length));
    }
    expect((await peer.response(1)).content).toEqual(whole);
  });

  test('adjusts the windows of open streams to a new initial size, even below zero', async () => {
    const peer = Peer.connect(testServer().server, { handshake: h2.settings([INITIAL_WINDOW_SIZE, 100]) });
    peer.send(request(1, content));
    await peer.until('100 bytes', () => peer.receivedContent(1).length === 100);
    peer.send(h2.settings([INITIAL_WINDOW_SIZE, 40]), h2.windowUpdate(1, 60));
    await turns();
    expect(peer.receivedContent(1)).toHaveLength(100);
    peer.send(h2.windowUpdate(1, 1));
    await peer.until('one more', () => peer.receivedContent(1).length === 101);
    peer.send(h2.settings([INITIAL_WINDOW_SIZE, 10_000]));
    expect((await peer.response(1)).content).toEqual(whole);
  });

  test('shares the connection’s window, and does not block responses without a message', async () => {
    const big = Buffer.alloc(60_000, 1);
    const peer = Peer.connect(testServer().server);
    peer.send(request(1, big), request(3, big), request(5, '', requestFields([], '/no')));
    await peer.response(5);
    await peer.response(1);
    await turns();
    expect(peer.receivedContent(3)).toHaveLength(65_535 - 60_005);
    peer.send(h2.windowUpdate(3, 100_000), h2.windowUpdate(0, 100_000));
    expect((await peer.response(3)).content).toEqual(framed(big));
  });

  test('applies the full stallTimeoutMs to a response that is blocked in the first turn', async () => {
    const stallTimeoutMs = 2_000;
    // performance.now() is 0 when the process starts. A timeout counted from there would have passed by now.
    await expect.poll(() => performance.now() > stallTimeoutMs, { timeout: 2 * stallTimeoutMs }).toBe(true);
    const peer = Peer.connect(testServer({ stallTimeoutMs }).server, { handshake: false });
    peer.send(h2.PREFACE, h2.settings([INITIAL_WINDOW_SIZE, 0]), h2.SETTINGS_ACK, request(1, content));
    await peer.frame(Type.HEADERS, 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    peer.send(h2.windowUpdate(1, 1_000));
    expect((await peer.response(1)).content).toEqual(whole);
  });

  test('splits a message that is larger than a frame', async () => {
    const big = Buffer.alloc(50_000, 1);
    const peer = Peer.connect(testServer().server);
    peer.send(request(1, big));
    expect((await peer.response(1)).content).toEqual(framed(big));
    const sizes = peer.frames.filter(({ type }) => type === Type.DATA).map(({ payload }) => payload.length);
    expect(sizes).toEqual([16_384, 16_384, 16_384, 50_005 - 3 * 16_384]);
  });

  test('does not let a blocked stream block others', async () => {
    const peer = Peer.connect(testServer().server, { handshake: h2.settings([INITIAL_WINDOW_SIZE, 0]) });
    peer.send(request(1, content), request(3, content), h2.windowUpdate(3, 1_000));
    expect((await peer.response(3)).content).toEqual(whole);
    expect(peer.receivedContent(1)).toHaveLength(0);
  });

  test.each<[string, Buffer]>([
    ['decreases', h2.settings([HEADER_TABLE_SIZE, 0])],
    ['decreases and restores', h2.settings([HEADER_TABLE_SIZE, 100], [HEADER_TABLE_SIZE, 4_096])],
    ['increases and decreases', h2.settings([HEADER_TABLE_SIZE, 8_192], [HEADER_TABLE_SIZE, 100])],
  ])('sends a table size update in the next field block if the peer %s its HPACK table size (RFC 7541 section 4.2)', async (_name, handshake) => {
    const peer = Peer.connect(testServer().server, { handshake });
    peer.send(request(1, 'x'), request(3, 'x'));
    await peer.response(3);
    const firstBytes = peer.frames.filter(({ type }) => type === Type.HEADERS).map(({ payload }) => payload[0]);
    // A size update to 0 precedes only the first block. 0x88 is `:status: 200`, and 0x00 begins the literal `grpc-status`.
    expect(firstBytes).toEqual([0x20, 0x00, 0x88, 0x00]);
  });
});

describe('receiving', () => {
  test('replenishes the windows of the connection and of open streams', async () => {
    const { server } = testServer({ maxMessageBytes: 1_000_000, maxBufferedBytes: 1_000_000 });
    const peer = Peer.connect(server);
    const big = message(Buffer.alloc(900_000, 1));
    peer.send(headers(1, 0));
    let [connection, stream] = [1024 * 1024, 128 * 1024];
    const counted = new Set<unknown>();
    for (let at = 0; at < big.length; at += 16_384) {
      await peer.until('window for a frame', () => {
        for (const frame of peer.frames) {
          if (frame.type !== Type.WINDOW_UPDATE || counted.has(frame)) continue;
          counted.add(frame);
          const increment = frame.payload.readUInt32BE(0);
          // `connection` starts at 1 MiB, which includes the WINDOW_UPDATE that the server sends with its preface.
          if (frame.id === 1) stream += increment;
          else if (increment !== 1024 * 1024 - 65_535) connection += increment;
        }
        return Math.min(connection, stream) >= 16_384 ? true : undefined;
      });
      const part = big.subarray(at, at + 16_384);
      peer.send(h2.data(1, at + 16_384 >= big.length ? END_STREAM : 0, part));
      connection -= part.length;
      stream -= part.length;
    }
    peer.send(h2.windowUpdate(0, 10_000_000), h2.windowUpdate(1, 10_000_000));
    expect((await peer.response(1)).content).toHaveLength(900_005);
    expect(counted.size).toBeGreaterThanOrEqual(8);
    expect(server.stats.bufferedBytes).toBe(0);
  });

  test('resets a stream that exceeds its window', async () => {
    const peer = Peer.connect(testServer({ maxMessageBytes: 1_000_000, maxBufferedBytes: 1_000_000 }).server);
    const big = message(Buffer.alloc(200_000, 1));
    const frames = [...new Array(9).keys()].map((index) =>
      h2.data(1, 0, big.subarray(index * 16_384, (index + 1) * 16_384)),
    );
    peer.send(headers(1, 0), ...frames);
    expect(await peer.resetCode(1)).toBe(ErrorCode.FLOW_CONTROL_ERROR);
    peer.send(request(3, 'x'));
    await peer.response(3);
  });

  test('limits incomplete messages per connection and in total', async () => {
    const { server } = testServer({ maxBufferedBytes: 100_000, maxBufferedBytesTotal: 150_000 });
    const [peer, other] = [Peer.connect(server), Peer.connect(server)];
    const begin = (id: number) =>
      Buffer.concat([headers(id, 0), h2.data(id, 0, message(Buffer.alloc(40_000)).subarray(0, 6))]);
    peer.send(begin(1), begin(3), begin(5));
    expect((await peer.response(5)).fields).toMatchObject({
      'grpc-status': '8',
      'grpc-message': 'too many incomplete messages',
    });
    other.send(begin(1), begin(3));
    // Retryable: other connections may have caused it.
    expect((await other.response(3)).fields['grpc-status']).toBe('14');
    expect(server.stats.bufferedBytes).toBe(120_000);
    peer.send(h2.reset(1));
    other.send(begin(5), request(7, 'a complete message is not counted'));
    await other.response(7);
    expect(server.stats.bufferedBytes).toBe(120_000);
    peer.duplex.destroy();
    other.duplex.destroy();
    await peer.until('the release of the buffers', () => server.stats.bufferedBytes === 0);
  });
});

test('writes the responses of one turn in one chunk', async () => {
  const { server, held } = testServer();
  const peer = Peer.connect(server);
  peer.send(...[1, 3, 5, 7].map((id) => request(id, `${id}`, requestFields([], HOLD_PATH))));
  await peer.until('four calls', () => held[3]);
  await turns();
  let chunks = 0;
  peer.duplex.on('data', () => chunks++);
  for (const { call, content: each } of held) call.respond(each);
  await peer.response(7);
  expect(chunks).toBe(1);
});
