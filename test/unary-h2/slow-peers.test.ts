/** Peers that stop reading or sending: their pending data is limited; above it, connections with the oldest are closed first. */
import { expect, test } from 'vitest';
import { MIB, type Target, target } from './support/attack.ts';
import * as h2 from './support/frames.ts';
import { heldBytes } from './support/memory.ts';
import type { Peer } from './support/peer.ts';
import { framed, HOLD_FIELDS } from './support/test-server.ts';

const INITIAL_WINDOW_SIZE = 0x4;
const CONNECTIONS = 40;
const STREAMS = 256;
const MESSAGE_BYTES = 1_500;

const eachStream = (framesOf: (id: number) => Buffer) => h2.eachStream(STREAMS, framesOf);

/** Opens connections that all send the same, and checks after each that a call of another client succeeds. */
async function attack(victim: Target, handshake: Buffer, bytes: Buffer): Promise<Peer[]> {
  const innocent = await victim.peer();
  const peers: Peer[] = [];
  for (let [round, id] = [0, 1]; round < CONNECTIONS; round++, id += 2) {
    const peer = await victim.peer(handshake);
    peer.send(bytes);
    peers.push(peer);
    innocent.send(h2.request(id, 'innocent'));
    expect((await innocent.response(id)).content).toEqual(framed('innocent'));
  }
  expect(innocent.goAways()).toEqual([]);
  return peers;
}

const closed = (peers: readonly Peer[]) => peers.map(({ isClosed }) => isClosed);

test.each<[string, Buffer, Buffer]>([
  [
    'responses whose window is never increased',
    h2.settings([INITIAL_WINDOW_SIZE, 0]),
    eachStream((id) => h2.request(id, Buffer.alloc(MESSAGE_BYTES))),
  ],
  [
    'small responses whose window is never increased',
    h2.settings([INITIAL_WINDOW_SIZE, 0]),
    eachStream((id) => h2.request(id, 'x')),
  ],
  ['requests without END_STREAM', h2.settings(), eachStream((id) => h2.headers(id, 0))],
  [
    'incomplete messages',
    h2.settings(),
    eachStream((id) =>
      Buffer.concat([h2.headers(id, 0), h2.data(id, 0, h2.message(Buffer.alloc(900)).subarray(0, 9))]),
    ),
  ],
])('%s', async (_name, handshake, bytes) => {
  const victim = await target({ maxPendingBytes: 2 * MIB });
  const before = await heldBytes();
  const peers = await attack(victim, handshake, bytes);
  await expect.poll(() => victim.server.stats.pendingBytes).toBeLessThanOrEqual(2 * MIB);
  // Data of the first connections has been pending longest; the last ones are within the limit and stay open.
  await peers[0]?.closeCode();
  expect(victim.server.stats.slowConnectionsClosed).toBeGreaterThan(CONNECTIONS / 4);
  expect(closed(peers).at(-1)).toBe(false);
  await victim.expectOthersServed();
  expect((await heldBytes()) - before).toBeLessThan(24 * MIB);
  for (const { duplex } of peers) duplex.destroy();
  await expect.poll(() => victim.server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0, pendingBytes: 0 });
});

test('output that the peer does not read counts towards maxPendingBytes', async () => {
  const victim = await target({ maxPendingBytes: 16 * MIB });
  const peers: Peer[] = [];
  for (let index = 0; index < 2; index++) {
    const peer = await victim.peer(h2.settings([INITIAL_WINDOW_SIZE, 0x7fff_ffff]));
    await peer.frame(h2.Type.SETTINGS);
    peer.duplex.pause();
    peer.send(Buffer.concat([h2.windowUpdate(0, 0x7000_0000), h2.request(1, 'x', HOLD_FIELDS)]));
    const { call } = await peer.until('the call', () => victim.held[index]);
    // One response is within the limit, two are not. The kernel's buffers hold less, so that most of it is unsent output.
    call.respond(Buffer.alloc(12 * MIB));
    peers.push(peer);
  }
  await expect.poll(() => victim.server.stats.slowConnectionsClosed).toBe(1);
  await victim.expectOthersServed();
  for (const { duplex } of peers) duplex.destroy();
  await expect.poll(() => victim.server.stats.pendingBytes).toBe(0);
});

test('calls whose handlers are running do not count towards maxPendingBytes', async () => {
  const victim = await target({ maxPendingBytes: 10_000 });
  const peer = await victim.peer();
  peer.send(eachStream((id) => h2.request(id, 'x', HOLD_FIELDS)));
  await peer.until('all calls', () => victim.held[STREAMS - 1]);
  expect(victim.server.stats).toMatchObject({ pendingBytes: 0, slowConnectionsClosed: 0 });
  for (const { call, content } of victim.held) call.respond(content);
  expect((await peer.response(2 * STREAMS - 1)).content).toEqual(framed('x'));
});

test('keeps serving a connection some of whose calls are rejected', async () => {
  const victim = await target({ maxMessageBytes: 1_000, resetBurst: 20, resetsPerSecond: 1 });
  const peer = await victim.peer();
  const unknown = h2.requestFields([], '/test.Service/Nothing');
  const deflated = h2.requestFields([['grpc-encoding', 'deflate']]);
  for (let id = 1; id < 3_000; id += 8) {
    peer.send(h2.headers(id, 0, unknown), h2.headers(id + 2, 0, deflated), h2.headers(id + 4, 0));
    peer.send(h2.data(id + 4, 0, h2.message(Buffer.alloc(1_001)).subarray(0, 500)), h2.request(id + 6, 'good'));
    expect((await peer.response(id + 6)).content).toEqual(framed('good'));
    // Some clients send the message even after the response has arrived.
    peer.send(...[id, id + 2, id + 4].map((each) => h2.data(each, h2.END_STREAM, h2.message('late'))));
  }
  expect(peer.goAways()).toEqual([]);
  expect(
    peer.frames.filter(({ type, payload }) => type === h2.Type.RST_STREAM && payload.readUInt32BE(0) !== 0),
  ).toEqual([]);
});
