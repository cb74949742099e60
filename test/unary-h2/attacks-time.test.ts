/** Slow peers and peers that do not speak HTTP/2: bounded in time and memory, and other connections are still served. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { type Attack, expectClosedWith, flood, MIB, repeated, target } from './support/attack.ts';
import * as h2 from './support/frames.ts';
import type { Peer } from './support/peer.ts';
import { framed, HOLD_FIELDS } from './support/test-server.ts';

const { frame, headers, request, Type } = h2;
const { ENHANCE_YOUR_CALM, NO_ERROR, PROTOCOL_ERROR, SETTINGS_TIMEOUT } = ErrorCode;

describe('slow loris', () => {
  /** Sends a byte every 15 ms, so that the connection is never silent. */
  const sendSlowly = (bytes: Buffer) => async (peer: Peer) => {
    for (const byte of bytes) {
      if (peer.isClosed) break;
      peer.send(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const afterRequest = (bytes: Buffer) => async (peer: Peer) => {
    peer.send(request(1, 'x'));
    await sendSlowly(bytes)(peer);
  };

  test.each<[string, number, Buffer | false, Attack]>([
    ['no preface', SETTINGS_TIMEOUT, false, () => {}],
    [
      'a preface sent byte by byte',
      SETTINGS_TIMEOUT,
      false,
      sendSlowly(Buffer.concat([h2.PREFACE, repeated(h2.ping(), 10_000)])),
    ],
    ['no SETTINGS', SETTINGS_TIMEOUT, false, (peer) => peer.send(h2.PREFACE)],
    ['no acknowledgement of SETTINGS', SETTINGS_TIMEOUT, false, (peer) => peer.send(h2.PREFACE, h2.settings())],
    ['a frame sent byte by byte', ENHANCE_YOUR_CALM, h2.settings(), afterRequest(h2.data(1, 0, Buffer.alloc(16_384)))],
    ['an incomplete frame header', ENHANCE_YOUR_CALM, h2.settings(), afterRequest(Buffer.alloc(3))],
    ['an incomplete field block', ENHANCE_YOUR_CALM, h2.settings(), (peer) => peer.send(frame(Type.HEADERS, 0, 1))],
  ])('%s', async (_name, code, handshake, attack) => {
    const victim = await target({ handshakeTimeoutMs: 300, frameTimeoutMs: 300 });
    await expectClosedWith(code, victim, attack, handshake);
  });

  test('an incomplete request: DEADLINE_EXCEEDED, and its stream is closed', async () => {
    const victim = await target({ requestTimeoutMs: 200 });
    const peer = await victim.peer();
    peer.send(headers(1, 0));
    for (const byte of h2.message(Buffer.alloc(1_000))) {
      if (peer.frames.some(({ id }) => id === 1)) break;
      peer.send(h2.data(1, 0, Buffer.of(byte)));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect((await peer.response(1)).fields['grpc-status']).toBe('4');
    expect(await peer.resetCode(1)).toBe(NO_ERROR);
    expect(victim.server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0 });
  });

  test('closes a connection without calls gracefully, even if its peer sends other frames', async () => {
    const victim = await target({ idleTimeoutMs: 300 });
    const peer = await victim.peer();
    peer.send(request(1, 'x'));
    for (let pings = 0; pings < 200 && !peer.isClosed; pings++) {
      peer.send(h2.ping());
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(await peer.closeCode()).toBe(NO_ERROR);
  });

  test('does not treat a connection with a call as idle, or one with successive partial frames as slow', async () => {
    const victim = await target({ idleTimeoutMs: 300, frameTimeoutMs: 300 });
    const peer = await victim.peer();
    peer.send(request(1, 'x', HOLD_FIELDS));
    const partial = Buffer.concat([h2.ping(), h2.ping()]);
    for (let round = 0; round < 40; round++) {
      peer.send(round === 0 ? partial.subarray(0, 5) : Buffer.concat([partial.subarray(5), partial.subarray(0, 5)]));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    peer.send(partial.subarray(5));
    victim.held[0]?.call.respond(Buffer.from('at last'));
    expect((await peer.response(1)).content).toEqual(framed('at last'));
    expect(peer.goAways()).toEqual([]);
  });
});

test.each([
  'GET / HTTP/1.1\r\n\r\n',
  '\x16\x03\x01\x02\x00',
  'PRI * HTTP/2.0\r\n\r\nXX',
])('invalid preface %j', async (bytes) => {
  const attack: Attack = (peer) => flood(peer, () => Buffer.from(bytes), MIB);
  await expectClosedWith(PROTOCOL_ERROR, await target(), attack, false);
});

test('destroys a connection whose peer keeps sending after GOAWAY', async () => {
  const victim = await target();
  const peer = await victim.peer();
  peer.send(h2.data(0, 0));
  expect(await peer.closeCode()).toBe(PROTOCOL_ERROR);
  const startedAt = performance.now();
  while (victim.server.stats.connections > 1 && performance.now() - startedAt < 30_000) {
    peer.send(repeated(h2.ping()));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(victim.server.stats.connections).toBe(1);
  await victim.expectOthersServed();
});
