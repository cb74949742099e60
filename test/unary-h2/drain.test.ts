import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { callInFlight, hold } from './support/call-in-flight.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, testServer } from './support/test-server.ts';

const { headers, request, Type } = h2;
const MAX_STREAM_ID = 0x7fff_ffff;

const acknowledge = async (peer: Peer) =>
  peer.send(h2.frame(Type.PING, h2.ACK, 0, (await peer.frame(Type.PING)).payload));

/** A server that drains, and a peer with one call in flight that has received both GOAWAYs. */
async function drainingCall(limits = {}, bytes?: Buffer) {
  const fixture = await callInFlight(limits, bytes);
  const { server, peer } = fixture;
  void server.drain();
  await acknowledge(peer);
  await peer.until('the second GOAWAY', () => peer.goAways()[1]);
  return fixture;
}

describe('draining (RFC 9113 section 6.8)', () => {
  test('sends GOAWAY twice: with 2^31-1, and a round trip later with the last stream', async () => {
    const { server, call, peer } = await callInFlight();
    const drained = server.drain();
    await peer.frame(Type.PING);
    expect(peer.goAways()).toEqual([{ lastId: MAX_STREAM_ID, code: ErrorCode.NO_ERROR }]);
    // As if sent before the client has read the GOAWAY.
    peer.send(request(3, 'crossing'));
    expect((await peer.response(3)).content).toEqual(framed('crossing'));
    await acknowledge(peer);
    await peer.until('the second GOAWAY', () => peer.goAways()[1]);
    expect(peer.goAways()[1]).toEqual({ lastId: 3, code: ErrorCode.NO_ERROR });
    // Ignored, but still decoded for the HPACK table.
    peer.send(request(5, 'late'));
    call.respond(Buffer.from('done'));
    expect((await peer.response(1)).content).toEqual(framed('done'));
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    expect(peer.frames.filter(({ id }) => id === 5)).toEqual([]);
    peer.duplex.end();
    await drained;
    expect(server.stats).toMatchObject({ connections: 0, requests: 2, responded: 2, cancelled: 0 });
  });

  test('sends the second GOAWAY even if the client does not acknowledge the PING', async () => {
    const { server, call, peer } = await callInFlight();
    void server.drain();
    call.respond(Buffer.from('done'));
    await peer.response(1);
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    expect(peer.goAways()).toHaveLength(2);
  });

  test('the GOAWAY of a connection error after the second GOAWAY names no higher stream', async () => {
    const { peer } = await drainingCall();
    peer.send(request(5, 'ignored'), h2.data(0, 0));
    expect(await peer.closeCode()).toBe(ErrorCode.PROTOCOL_ERROR);
    expect(peer.goAways().map(({ lastId }) => lastId)).toEqual([MAX_STREAM_ID, 1, 1]);
  });

  test('ignores trailers of a stream above the one that the second GOAWAY names, but decodes them', async () => {
    const { call, peer } = await drainingCall();
    const indexed = Buffer.from([0x40, 1, 0x78, 1, 0x79]);
    peer.send(headers(5, 0), h2.data(5, 0, h2.message('ignored')));
    peer.send(h2.frame(Type.HEADERS, h2.END_HEADERS | h2.END_STREAM, 5, indexed));
    // Refers to the entry that the trailers added to the HPACK table.
    peer.send(headers(7, 0), h2.frame(Type.HEADERS, h2.END_HEADERS | h2.END_STREAM, 7, Buffer.of(0xbe)), h2.ping());
    await peer.until('the PING acknowledgement', () =>
      peer.frames.some(({ type, flags }) => type === Type.PING && flags === h2.ACK),
    );
    call.respond(Buffer.from('done'));
    expect((await peer.response(1)).content).toEqual(framed('done'));
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
  });

  test('names no higher stream if an unsolicited PING acknowledgement has already caused the final GOAWAY', async () => {
    const { server, peer } = await callInFlight();
    peer.send(h2.frame(Type.PING, h2.ACK, 0, Buffer.from('draining')));
    await peer.until('the final GOAWAY', () => peer.goAways()[0]);
    void server.drain();
    await peer.until('the GOAWAY of the drain', () => peer.goAways()[1]);
    expect(peer.goAways().map(({ lastId }) => lastId)).toEqual([1, 1]);
  });

  test('closes when the client resets its last call', async () => {
    const { peer } = await drainingCall({ drainTimeoutMs: 60_000 });
    peer.send(h2.reset(1));
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
  });

  test('closes after a call on the highest stream', async () => {
    const { call, peer } = await drainingCall({ drainTimeoutMs: 60_000 }, hold(MAX_STREAM_ID));
    call.respond(Buffer.from('done'));
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    expect(peer.goAways().map(({ lastId }) => lastId)).toEqual([MAX_STREAM_ID, MAX_STREAM_ID]);
  });

  test('closes an idle connection once the client acknowledges the PING, and accepts no new one', async () => {
    const { server } = testServer();
    const peer = Peer.connect(server);
    await peer.frame(Type.SETTINGS);
    const drained = server.drain();
    await acknowledge(peer);
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    peer.duplex.end();
    await drained;
    const late = Peer.connect(server);
    expect(await late.closeCode()).toBeUndefined();
  });

  test('does not wait for a connection without a preface', async () => {
    const { server } = testServer();
    const peer = Peer.connect(server, { handshake: false });
    void server.drain();
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
  });

  test('resolves at once without connections', async () => {
    await testServer().server.drain();
  });

  test('does not wait for a connection that was destroyed before it was accepted', async () => {
    const { server } = testServer();
    const [, theirs] = duplexPair();
    theirs.destroy();
    await once(theirs, 'close');
    server.accept(theirs);
    expect(server.stats.connections).toBe(0);
    await server.drain();
  });

  test('begins when a connection reaches maxConnectionAgeMs', async () => {
    const { call, peer } = await callInFlight({ maxConnectionAgeMs: 300 });
    await peer.until('the first GOAWAY', () => peer.goAways()[0]);
    call.respond(Buffer.from('done'));
    expect((await peer.response(1)).content).toEqual(framed('done'));
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
  });

  test('destroys connections after drainTimeoutMs', async () => {
    const { server, call } = await callInFlight({ drainTimeoutMs: 50 });
    await server.drain();
    expect(call.cancelled).toBe(true);
    expect(server.stats).toMatchObject({ connections: 0, cancelled: 1, abandonedCalls: 1 });
  });
});
