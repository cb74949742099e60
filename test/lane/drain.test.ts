import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../services/introspection/lane/lane.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, HOLD_PATH, testLane } from './support/test-lane.ts';

const { request, requestFields, Type } = h2;
const LAST = 0x7fff_ffff;

/** A lane with one call that waits for its answer. */
async function busyLane(limits = {}) {
  const bed = testLane(limits);
  const peer = Peer.connect(bed.lane);
  peer.send(request(1, 'x', requestFields([], HOLD_PATH)));
  await peer.until('the call', () => bed.held[0]);
  return { ...bed, peer };
}

const acknowledge = async (peer: Peer) =>
  peer.send(h2.frame(Type.PING, h2.ACK, 0, (await peer.frame(Type.PING)).payload));

describe('draining (RFC 9113 section 6.8)', () => {
  test('first says that no more streams should come, then, a round trip later, which one was the last', async () => {
    const { lane, held, peer } = await busyLane();
    const drained = lane.drain();
    await peer.frame(Type.PING);
    expect(peer.goAways()).toEqual([{ lastId: LAST, code: ErrorCode.NO_ERROR }]);
    // Sent before the client knew.
    peer.send(request(3, 'crossing'));
    expect((await peer.response(3)).content).toEqual(framed('crossing'));
    await acknowledge(peer);
    await peer.until('the second GOAWAY', () => peer.goAways()[1]);
    expect(peer.goAways()[1]).toEqual({ lastId: 3, code: ErrorCode.NO_ERROR });
    // Too late: ignored, but HPACK goes on.
    peer.send(request(5, 'late'));
    held[0]?.call.respond(Buffer.from('done'));
    expect((await peer.response(1)).content).toEqual(framed('done'));
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    expect(peer.frames.filter(({ id }) => id === 5)).toEqual([]);
    peer.duplex.end();
    await drained;
    expect(lane.stats).toMatchObject({ connections: 0, requests: 2, responded: 2, cancelled: 0 });
  });

  test('a client that does not answer the PING is given a second', async () => {
    const { lane, held, peer } = await busyLane();
    void lane.drain();
    held[0]?.call.respond(Buffer.from('done'));
    await peer.response(1);
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    expect(peer.goAways()).toHaveLength(2);
  });

  test('an idle connection closes at once; a new one is not taken', async () => {
    const { lane } = testLane();
    const peer = Peer.connect(lane);
    await peer.frame(Type.SETTINGS);
    const drained = lane.drain();
    await acknowledge(peer);
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
    peer.duplex.end();
    await drained;
    const late = Peer.connect(lane);
    expect(await late.closeCode()).toBeUndefined();
  });

  test('a connection without a preface is not waited for', async () => {
    const { lane } = testLane();
    const peer = Peer.connect(lane, { handshake: false });
    void lane.drain();
    expect(await peer.closeCode()).toBe(ErrorCode.NO_ERROR);
  });

  test('a lane without connections has drained', async () => {
    await testLane().lane.drain();
  });

  test('a connection that was gone before it was accepted is not waited for', async () => {
    const { lane } = testLane();
    const [, theirs] = duplexPair();
    theirs.destroy();
    await once(theirs, 'close');
    lane.accept(theirs);
    expect(lane.stats.connections).toBe(0);
    await lane.drain();
  });

  test('what does not end in time is cut off', async () => {
    const { lane, held } = await busyLane({ drainTimeoutMs: 50 });
    await lane.drain();
    expect(held[0]?.call.cancelled).toBe(true);
    expect(lane.stats).toMatchObject({ connections: 0, cancelled: 1, abandonedCalls: 1 });
  });
});
