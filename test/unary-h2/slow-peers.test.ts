/** Peers that take nothing, or send nothing more: what all of them make the server hold is bounded, and the slowest go first. */
import { expect, test } from 'vitest';
import { hold, MIB, type Target, target } from './support/attack.ts';
import * as h2 from './support/frames.ts';
import { heldBytes } from './support/memory.ts';
import type { Peer } from './support/peer.ts';
import { framed } from './support/test-server.ts';

const INITIAL_WINDOW_SIZE = 0x4;
const CONNECTIONS = 40;
const STREAMS = 256;
const MESSAGE = 1_500;

const eachStream = (octets: (id: number) => Buffer) =>
  Buffer.concat(Array.from({ length: STREAMS }, (_, index) => octets(2 * index + 1)));

/** Opens connections that all send the same. Beside them an innocent client makes calls, and all of them succeed. */
async function attack(on: Target, handshake: Buffer, octets: Buffer): Promise<Peer[]> {
  const innocent = await on.peer();
  const peers: Peer[] = [];
  for (let [round, id] = [0, 1]; round < CONNECTIONS; round++, id += 2) {
    const peer = await on.peer(handshake);
    peer.send(octets);
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
    'answers whose window is never opened',
    h2.settings([INITIAL_WINDOW_SIZE, 0]),
    eachStream((id) => h2.request(id, Buffer.alloc(MESSAGE))),
  ],
  [
    'small answers whose window is never opened',
    h2.settings([INITIAL_WINDOW_SIZE, 0]),
    eachStream((id) => h2.request(id, 'x')),
  ],
  ['requests that never end', h2.settings(), eachStream((id) => h2.headers(id, 0))],
  [
    'messages that never end',
    h2.settings(),
    eachStream((id) =>
      Buffer.concat([h2.headers(id, 0), h2.data(id, 0, h2.message(Buffer.alloc(900)).subarray(0, 9))]),
    ),
  ],
])('%s', async (_name, handshake, octets) => {
  const on = await target({ maxWaitingBytes: 2 * MIB });
  const before = await heldBytes();
  const peers = await attack(on, handshake, octets);
  await expect.poll(() => on.server.stats.waitingBytes).toBeLessThanOrEqual(2 * MIB);
  // Those that came first have waited for longest; what is within the bound is left.
  await peers[0]?.closeCode();
  expect(on.server.stats.slowConnectionsClosed).toBeGreaterThan(CONNECTIONS / 4);
  expect(closed(peers).at(-1)).toBe(false);
  await on.othersAreUnharmed();
  expect((await heldBytes()) - before).toBeLessThan(24 * MIB);
  for (const { duplex } of peers) duplex.destroy();
  await expect.poll(() => on.server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0, waitingBytes: 0 });
});

test('what a peer does not read at all counts, too', async () => {
  const on = await target({ maxWaitingBytes: MIB, connectionWindowBytes: 64 * MIB });
  const peers: Peer[] = [];
  for (let round = 0; round < 10; round++) {
    const peer = await on.peer(h2.settings([INITIAL_WINDOW_SIZE, 0x7fff_ffff]));
    await peer.frame(h2.Type.SETTINGS);
    peer.duplex.pause();
    peer.send(h2.windowUpdate(0, 0x7000_0000));
    // More than the kernel holds for a socket.
    for (let id = 1; id < 500; id += 2) peer.send(h2.request(id, Buffer.alloc(60_000)));
    peers.push(peer);
    await on.othersAreUnharmed();
  }
  await expect.poll(() => on.server.stats.slowConnectionsClosed).toBeGreaterThan(0);
  await on.othersAreUnharmed();
  for (const { duplex } of peers) duplex.destroy();
  await expect.poll(() => on.server.stats.waitingBytes).toBe(0);
});

test('calls whose handlers are at work wait for nobody, however many they are', async () => {
  const on = await target({ maxWaitingBytes: 10_000 });
  const peer = await on.peer();
  peer.send(eachStream((id) => h2.request(id, 'x', hold)));
  await peer.until('all calls', () => on.held[STREAMS - 1]);
  expect(on.server.stats).toMatchObject({ waitingBytes: 0, slowConnectionsClosed: 0 });
  for (const { call, content } of on.held) call.respond(content);
  expect((await peer.response(2 * STREAMS - 1)).content).toEqual(framed('x'));
});

test('refused calls close nothing: the good calls beside them are answered', async () => {
  const on = await target({ maxMessageBytes: 1_000, resetBurst: 20, resetsPerSecond: 1 });
  const peer = await on.peer();
  const unknown = h2.requestFields([], '/test.Service/Nothing');
  const deflated = h2.requestFields([['grpc-encoding', 'deflate']]);
  for (let id = 1; id < 3_000; id += 8) {
    // As clients send them: the header is answered before the message has come.
    peer.send(h2.headers(id, 0, unknown), h2.headers(id + 2, 0, deflated), h2.headers(id + 4, 0));
    peer.send(h2.data(id + 4, 0, h2.message(Buffer.alloc(1_001)).subarray(0, 500)), h2.request(id + 6, 'good'));
    expect((await peer.response(id + 6)).content).toEqual(framed('good'));
    peer.send(...[id, id + 2, id + 4].map((each) => h2.data(each, h2.END_STREAM, h2.message('late'))));
  }
  expect(peer.goAways()).toEqual([]);
  expect(
    peer.frames.filter(({ type, payload }) => type === h2.Type.RST_STREAM && payload.readUInt32BE(0) !== 0),
  ).toEqual([]);
});

test('a connection of a certain age is closed once its calls have ended', async () => {
  const on = await target({ maxConnectionAgeMs: 300 });
  const peer = await on.peer();
  peer.send(h2.request(1, 'x', hold));
  await peer.until('the call', () => on.held[0]);
  await peer.until('the first GOAWAY', () => peer.goAways()[0]);
  on.held[0]?.call.respond(Buffer.from('done'));
  expect((await peer.response(1)).content).toEqual(framed('done'));
  expect(await peer.closeCode()).toBe(0);
});
