/** Flood attacks on HTTP/2: connections are closed or refused, memory is bounded, and other connections are still served. */
import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { expectClosedWith, flood, floodStreams, MIB, repeated, target } from './support/attack.ts';
import * as h2 from './support/frames.ts';
import { heldBytes } from './support/memory.ts';
import { HOLD_FIELDS } from './support/test-server.ts';

const { END_STREAM, frame, headers, request, requestFields, Type } = h2;
const { ENHANCE_YOUR_CALM } = ErrorCode;

describe('CONTINUATION flood (CVE-2024-27316)', () => {
  test.each<[string, Buffer]>([
    ['empty frames', frame(Type.CONTINUATION, 0, 1)],
    ['small frames', frame(Type.CONTINUATION, 0, 1, encodeFields([['a', 'b']]))],
    ['large frames', frame(Type.CONTINUATION, 0, 1, encodeFields([['a', 'b'.repeat(16_000)]]))],
  ])('%s', async (_name, continuation) => {
    await expectClosedWith(ENHANCE_YOUR_CALM, await target(), (peer) => {
      peer.send(frame(Type.HEADERS, 0, 1, encodeFields(requestFields())));
      return flood(peer, () => repeated(continuation));
    });
  });
});

describe('rapid reset (CVE-2023-44487)', () => {
  const requestAndReset = (fields: typeof HOLD_FIELDS) =>
    floodStreams((id) => Buffer.concat([request(id, 'x', fields), h2.reset(id)]));

  test('of requests whose handlers respond at once closes the connection', async () => {
    const victim = await target();
    await expectClosedWith(ENHANCE_YOUR_CALM, victim, requestAndReset(requestFields()));
    expect(victim.server.stats.requests).toBeLessThan(3_000);
  });

  test('never runs more handlers than maxConcurrentStreams', async () => {
    const victim = await target({ maxConcurrentStreams: 50 });
    await expectClosedWith(ENHANCE_YOUR_CALM, victim, requestAndReset(HOLD_FIELDS));
    expect(victim.held).toHaveLength(50);
    expect(victim.server.stats).toMatchObject({ abandonedCalls: 50 });
    for (const { call } of victim.held) call.respond(Buffer.alloc(0));
    expect(victim.server.stats).toMatchObject({ abandonedCalls: 0 });
  });

  test.each<[string, (id: number) => Buffer]>([
    ['WINDOW_UPDATE of 0', (id) => h2.windowUpdate(id, 0)],
    ['window overflow', (id) => h2.windowUpdate(id, 0x7fff_ffff)],
    ['DATA after END_STREAM', (id) => h2.data(id, 0)],
    ['HEADERS after END_STREAM', (id) => headers(id, END_STREAM, [])],
  ])('closes the connection if the client causes the resets (CVE-2025-8671): %s', async (_name, violation) => {
    const attack = floodStreams((id) => Buffer.concat([request(id, 'x', HOLD_FIELDS), violation(id)]));
    await expectClosedWith(ENHANCE_YOUR_CALM, await target(), attack);
  });

  test.each<[string, (id: number) => Buffer]>([
    ['malformed requests', (id) => headers(id, END_STREAM, [[':method', 'POST']])],
    ['requests above maxConcurrentStreams', (id) => request(id, 'x', HOLD_FIELDS)],
    ['illegal stream states', (id) => Buffer.concat([headers(id, 0), h2.reset(id), h2.data(id, END_STREAM)])],
  ])('closes the connection for %s at a high rate', async (_name, framesOf) => {
    await expectClosedWith(ENHANCE_YOUR_CALM, await target(), floodStreams(framesOf));
  });

  test('by closing connections: refuses new connections at maxAbandonedCalls', async () => {
    const victim = await target({ maxConcurrentStreams: 50, maxAbandonedCalls: 100 });
    for (let connections = 0; connections < 10; connections++) {
      const peer = await victim.peer();
      peer.send(h2.eachStream(50, (id) => request(id, 'x', HOLD_FIELDS)));
      await peer.until('the calls, or the end', () => victim.server.stats.openStreams === 50 || peer.isClosed);
      peer.duplex.destroy();
      await peer.until('the end', () => victim.server.stats.openStreams === 0);
    }
    expect(victim.held).toHaveLength(100);
    expect(victim.server.stats).toMatchObject({ abandonedCalls: 100, connectionsRefused: 8 });
    for (const { call } of victim.held) call.respond(Buffer.alloc(0));
    await victim.expectOthersServed();
  });

  test('allows a client that resets all of its calls, as when their deadline passes', async () => {
    const victim = await target({ maxConcurrentStreams: 256 });
    const peer = await victim.peer();
    for (const first of [1, 513]) {
      peer.send(h2.eachStream(256, (id) => request(id, 'x', HOLD_FIELDS), first));
      await peer.until('the calls', () => victim.held[255]);
      peer.send(h2.eachStream(256, (id) => h2.reset(id), first));
      await peer.until('the resets', () => victim.server.stats.openStreams === 0);
      for (const { call } of victim.held.splice(0)) call.respond(Buffer.alloc(0));
    }
    peer.send(request(1_025, 'x'));
    await peer.response(1_025);
    expect(peer.goAways()).toEqual([]);
  });
});

describe('floods of frames that carry no request (CVE-2019-9512 to -9518)', () => {
  test.each<[string, Buffer]>([
    ['SETTINGS', h2.settings()],
    ['SETTINGS that change the windows', Buffer.concat([h2.settings([0x4, 1]), h2.settings([0x4, 2])])],
    ['large SETTINGS', h2.settings(...new Array(2_000).fill([0x3, 1]))],
    ['acknowledgements', h2.SETTINGS_ACK],
    ['PING', h2.ping()],
    ['PING acknowledgements', frame(Type.PING, h2.ACK, 0, Buffer.alloc(8))],
    ['PRIORITY', frame(Type.PRIORITY, 0, 9, Buffer.alloc(5))],
    ['WINDOW_UPDATE', h2.windowUpdate(1, 1)],
    ['unknown frames', frame(0xbe, 0, 0)],
    ['GOAWAY', frame(Type.GOAWAY, 0, 0, Buffer.alloc(8))],
    ['RST_STREAM of a closed stream', h2.reset(1)],
    ['empty DATA', h2.data(3, 0)],
    ['DATA with padding only', frame(Type.DATA, h2.PADDED, 3, h2.padded(Buffer.alloc(0), 200))],
    ['DATA on a closed stream', h2.data(1, 0, Buffer.alloc(10))],
  ])('%s', async (_name, bytes) => {
    await expectClosedWith(ENHANCE_YOUR_CALM, await target(), (peer) => {
      peer.send(request(1, 'x'), headers(3, 0));
      return flood(peer, () => repeated(bytes));
    });
  });

  test('stops reading from a peer that does not read responses', async () => {
    const victim = await target({ controlFrameBurst: 1e9, stallTimeoutMs: 300 });
    const peer = await victim.peer();
    await peer.frame(Type.SETTINGS);
    peer.duplex.pause();
    const before = await heldBytes();
    const chunk = repeated(h2.ping());
    for (let sent = 0; sent < 20 * MIB && peer.duplex.writableLength < 4 * MIB; sent += chunk.length) {
      peer.duplex.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(peer.duplex.writableLength).toBeGreaterThan(MIB);
    await victim.expectOthersServed();
    expect((await heldBytes()) - before - peer.duplex.writableLength).toBeLessThan(8 * MIB);
    await peer.until('the end', () => victim.server.stats.connectionErrors === 1);
    expect(victim.errors).toEqual([expect.objectContaining({ code: ENHANCE_YOUR_CALM })]);
  });

  test('allows the control frames that clients send with their requests', async () => {
    const victim = await target({ controlFrameBurst: 100, controlFramesPerSecond: 1 });
    const peer = await victim.peer();
    for (let id = 1; id < 2_000; id += 2) {
      peer.send(request(id, 'x'), h2.windowUpdate(0, 10), h2.windowUpdate(id, 10), h2.ping());
      if (id % 101 === 0) await peer.response(id);
    }
    await peer.response(1_999);
    expect(peer.goAways()).toEqual([]);
  });
});
