/** Attacks on HTTP/2 (the security design): the right error, bounded memory, others unharmed. Here: by taking time, and by not speaking HTTP/2. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { endsWith, flood, hold, MIB, many, target } from './support/attack.ts';
import * as h2 from './support/frames.ts';
import type { Peer } from './support/peer.ts';
import { framed } from './support/test-server.ts';

const { frame, headers, request, Type } = h2;
const { ENHANCE_YOUR_CALM, NO_ERROR, PROTOCOL_ERROR, SETTINGS_TIMEOUT } = ErrorCode;

describe('slow loris', () => {
  /** Sends an octet every few ms, so that the connection is never quiet. */
  const drip = (octets: Buffer) => async (peer: Peer) => {
    for (const octet of octets) {
      if (peer.isClosed) break;
      peer.send(Buffer.of(octet));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const afterRequest = (octets: Buffer) => async (peer: Peer) => {
    peer.send(request(1, 'x'));
    await drip(octets)(peer);
  };

  test.each<[string, number, Buffer | false, (peer: Peer) => Promise<void>]>([
    ['no preface', SETTINGS_TIMEOUT, false, async () => {}],
    ['a preface that drips', SETTINGS_TIMEOUT, false, drip(Buffer.concat([h2.PREFACE, many(h2.ping(), 10_000)]))],
    ['no SETTINGS', SETTINGS_TIMEOUT, false, async (peer) => peer.send(h2.PREFACE)],
    ['no acknowledgement of SETTINGS', SETTINGS_TIMEOUT, false, async (peer) => peer.send(h2.PREFACE, h2.settings())],
    ['a frame that drips', ENHANCE_YOUR_CALM, h2.settings(), afterRequest(h2.data(1, 0, Buffer.alloc(16_384)))],
    ['a frame header that does not end', ENHANCE_YOUR_CALM, h2.settings(), afterRequest(Buffer.alloc(3))],
    [
      'a field block that does not end',
      ENHANCE_YOUR_CALM,
      h2.settings(),
      async (peer) => peer.send(frame(Type.HEADERS, 0, 1)),
    ],
  ])('%s', async (_name, code, handshake, attack) => {
    const on = await target({ handshakeTimeoutMs: 300, frameTimeoutMs: 300 });
    await endsWith(code, { peer: await on.peer(handshake), target: on, attack });
  });

  test('a request that does not end: DEADLINE_EXCEEDED, and the stream is let go', async () => {
    const on = await target({ requestTimeoutMs: 200 });
    const peer = await on.peer();
    peer.send(headers(1, 0));
    for (const octet of h2.message(Buffer.alloc(1_000))) {
      if (peer.frames.some(({ id }) => id === 1)) break;
      peer.send(h2.data(1, 0, Buffer.of(octet)));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect((await peer.response(1)).fields['grpc-status']).toBe('4');
    expect(await peer.resetCode(1)).toBe(NO_ERROR);
    expect(on.server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0 });
  });

  test('a connection without calls is closed in order, whatever else it sends', async () => {
    const on = await target({ idleTimeoutMs: 300 });
    const peer = await on.peer();
    peer.send(request(1, 'x'));
    for (let pings = 0; pings < 200 && !peer.isClosed; pings++) {
      peer.send(h2.ping());
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(await peer.closeCode()).toBe(NO_ERROR);
  });

  test('a connection with a call is not idle, and one that torn frames pass through is not slow', async () => {
    const on = await target({ idleTimeoutMs: 300, frameTimeoutMs: 300 });
    const peer = await on.peer();
    peer.send(request(1, 'x', hold));
    const torn = Buffer.concat([h2.ping(), h2.ping()]);
    for (let round = 0; round < 40; round++) {
      peer.send(round === 0 ? torn.subarray(0, 5) : Buffer.concat([torn.subarray(5), torn.subarray(0, 5)]));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    peer.send(torn.subarray(5));
    on.held[0]?.call.respond(Buffer.from('at last'));
    expect((await peer.response(1)).content).toEqual(framed('at last'));
    expect(peer.goAways()).toEqual([]);
  });
});

test.each([
  'GET / HTTP/1.1\r\n\r\n',
  '\x16\x03\x01\x02\x00',
  'PRI * HTTP/2.0\r\n\r\nXX',
])('bad preface %j', async (octets) => {
  const on = await target();
  const attack = (peer: Peer) => flood(peer, () => Buffer.from(octets), MIB);
  await endsWith(PROTOCOL_ERROR, { peer: await on.peer(false), target: on, attack });
});

test('a peer that does not close after a GOAWAY, and goes on sending, is cut off', async () => {
  const on = await target();
  const peer = await on.peer();
  peer.send(h2.data(0, 0));
  expect(await peer.closeCode()).toBe(PROTOCOL_ERROR);
  const startedAt = performance.now();
  while (on.server.stats.connections > 1 && performance.now() - startedAt < 5_000) {
    peer.send(many(h2.ping()));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(on.server.stats.connections).toBe(1);
  await on.othersAreUnharmed();
});
