/** New connections above maxConnections: which open connection is evicted, and how a new one is refused if none can be. */
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { Client, credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { target } from './support/attack.ts';
import { data, PATH, PREFACE, request, requestFields, SETTINGS_ACK, settings } from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, HOLD_FIELDS, testServer } from './support/test-server.ts';

/** The test server accepts any credential. */
const authenticated = requestFields([['authorization', 'Bearer x']]);

async function call(peer: Peer, id: number, fields = requestFields()): Promise<void> {
  peer.send(request(id, 'x', fields));
  expect((await peer.response(id)).content).toEqual(framed('x'));
}

test('evicts the unauthenticated connection that has been idle longest', async () => {
  // One of the five is the connection that `target` opens.
  const victim = await target({ maxConnections: 5 });
  const busy = await victim.peer();
  busy.send(request(1, 'x', HOLD_FIELDS));
  await busy.until('the call', () => victim.held[0]);
  const [known, idle, later] = [await victim.peer(), await victim.peer(), await victim.peer()];
  await call(known, 1, authenticated);
  await call(later, 1);
  // Of the unauthenticated idle connections, at most the one that `target` opened has been idle longer than `idle`.
  await expect.poll(() => victim.server.stats.connections).toBe(5);
  const newPeers = [await victim.peer(), await victim.peer()];
  for (const newPeer of newPeers) await call(newPeer, 1, authenticated);
  expect(await idle.closeCode()).toBe(ErrorCode.NO_ERROR);
  expect(victim.server.stats).toMatchObject({ connections: 5, connectionsEvicted: 2, connectionsRefused: 0 });
  victim.held[0]?.call.respond(Buffer.from('done'));
  expect((await busy.response(1)).content).toEqual(framed('done'));
  await call(known, 3, authenticated);
});

test('refuses a connection with GOAWAY NO_ERROR if none can be evicted', async () => {
  const victim = await target({ maxConnections: 3 });
  const known: Peer[] = [];
  while (known.length < 3) {
    const peer = await victim.peer();
    // Authenticates each before the next connects, so that only the connection that `target` opened can be evicted.
    await call(peer, 1, authenticated);
    known.push(peer);
  }
  const refused = await victim.peer();
  expect(await refused.closeCode()).toBe(ErrorCode.NO_ERROR);
  expect(refused.goAways()).toEqual([{ lastId: 0, code: ErrorCode.NO_ERROR }]);
  expect(victim.server.stats).toMatchObject({ connections: 3, connectionsRefused: 1 });
  for (const peer of known) await call(peer, 3, authenticated);
});

test('a refused grpc-js client reports UNAVAILABLE', async () => {
  const victim = await target({ maxConnections: 1 });
  const known = await victim.peer();
  await call(known, 1, authenticated);
  const address = known.duplex as unknown as { remotePort: number };
  const client = new Client(`127.0.0.1:${address.remotePort}`, credentials.createInsecure());
  const asIs = (bytes: Buffer) => bytes;
  const failure = await new Promise((resolve) => {
    client.makeUnaryRequest(PATH, asIs, asIs, Buffer.from('x'), { deadline: Date.now() + 30_000 } as never, resolve);
  }).finally(() => client.close());
  expect(failure).toMatchObject({ code: 14 });
});

test('accepts a connection and serves it while more idle ones than maxConnections are opened', async () => {
  const victim = await target({ maxConnections: 100 });
  const idle = await Promise.all(Array.from({ length: 150 }, () => victim.peer()));
  const gateway = await victim.peer();
  for (let id = 1; id < 100; id += 2) {
    await call(gateway, id, authenticated);
    idle.push(await victim.peer());
  }
  expect(gateway.goAways()).toEqual([]);
  expect(victim.server.stats.connections).toBe(100);
  for (const { duplex } of idle) duplex.destroy();
  if (idle[0] && !idle[0].duplex.closed) await once(idle[0].duplex, 'close');
});

describe('closes a connection within a second even if its peer never closes it', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** The server's end of a connection whose peer never closes it. `send` waits until the server has read the bytes. */
  function endlessPeer() {
    let reads = true;
    const duplex = new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        if (reads) done();
      },
    });
    return {
      duplex,
      stopReading: () => {
        reads = false;
      },
      async send(...bytes: readonly Buffer[]) {
        duplex.push(Buffer.concat(bytes));
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }
  type EndlessPeer = ReturnType<typeof endlessPeer>;

  test.each<[string, { atOnce: boolean }, (peer: EndlessPeer) => Promise<void> | void]>([
    [
      'evicted with unread output below the highWaterMark',
      { atOnce: true },
      async ({ stopReading, send }) => {
        stopReading();
        await send(request(1, 'x'));
      },
    ],
    ['evicted, if only the GOAWAY is unread', { atOnce: false }, ({ stopReading }) => stopReading()],
    ['evicted while it closes because of an error', { atOnce: false }, ({ send }) => send(data(0, 0))],
  ])('%s', async (_name, { atOnce }, before) => {
    const { server } = testServer({ maxConnections: 1 });
    const peer = endlessPeer();
    server.accept(peer.duplex);
    await peer.send(PREFACE, settings(), SETTINGS_ACK);
    await before(peer);
    Peer.connect(server);
    expect(server.stats).toMatchObject({ connections: 1, connectionsEvicted: 1 });
    expect(peer.duplex.destroyed).toBe(atOnce);
    vi.advanceTimersByTime(1_000);
    expect(peer.duplex.destroyed).toBe(true);
  });

  test('refused', async () => {
    const { server } = testServer({ maxConnections: 1 });
    await call(Peer.connect(server), 1, authenticated);
    const peer = endlessPeer();
    peer.stopReading();
    server.accept(peer.duplex);
    expect(server.stats).toMatchObject({ connections: 1, connectionsRefused: 1 });
    vi.advanceTimersByTime(1_000);
    expect(peer.duplex.destroyed).toBe(true);
  });
});
