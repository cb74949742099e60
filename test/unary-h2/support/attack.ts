/** A server on a TCP port and peers that attack it. */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, expect } from 'vitest';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import type { Limits } from '../../../services/common/unary-h2/unary-server.ts';
import { eachStream, PREFACE, request, SETTINGS_ACK, settings } from './frames.ts';
import { heldBytes } from './memory.ts';
import { Peer } from './peer.ts';
import { framed, type TestServer, testServer } from './test-server.ts';

export const MIB = 1024 * 1024;
const STREAMS_PER_CHUNK = 50;

const open: { server: Server; peers: Peer[] }[] = [];

afterEach(async () => {
  for (const { server, peers } of open.splice(0)) {
    for (const { duplex } of peers) duplex.destroy();
    server.close();
    await once(server, 'close');
  }
});

export interface Target extends TestServer {
  /** A new connection. The client's handshake is sent, with `handshake` as its SETTINGS frame, unless that is false. */
  peer(handshake?: Buffer | false): Promise<Peer>;
  /** Makes a call on a connection from before the attack and on a new one. */
  expectOthersServed(): Promise<void>;
}

/** Starts a server on a TCP port, and makes a call on a first connection, which stays open. */
export async function target(limits: Partial<Limits> = {}): Promise<Target> {
  const fixture = testServer(limits);
  const server = createServer((socket) => fixture.server.accept(socket));
  const port = await listenOnLoopback(server);
  const peers: Peer[] = [];
  open.push({ server, peers });
  const connectPeer = async (handshake: Buffer | false = settings()) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    const peer = new Peer(socket);
    peers.push(peer);
    if (handshake !== false) peer.send(PREFACE, handshake, SETTINGS_ACK);
    return peer;
  };
  const earlier = await connectPeer();
  let id = 1;
  const call = async (peer: Peer) => {
    peer.send(request(id, 'served'));
    expect((await peer.response(id)).content).toEqual(framed('served'));
    id += 2;
  };
  await call(earlier);
  return {
    ...fixture,
    peer: connectPeer,
    async expectOthersServed() {
      await call(earlier);
      await call(await connectPeer());
    },
  };
}

/** Sends chunks until the connection is closed or `bytes` were sent. */
export async function flood(peer: Peer, chunkOf: (round: number) => Buffer, bytes = 20 * MIB): Promise<void> {
  for (let [round, sent] = [0, 0]; sent < bytes && !peer.isClosed; round++) {
    const chunk = chunkOf(round);
    sent += chunk.length;
    if (peer.duplex.writable && !peer.duplex.write(chunk)) {
      const ended = peer.until('the end', () => peer.isClosed);
      await Promise.race([once(peer.duplex, 'drain'), ended]).catch(() => undefined);
    }
  }
}

/** Floods a connection with the frames of successive streams. */
export const floodStreams =
  (framesOf: (id: number) => Buffer): Attack =>
  (peer) =>
    flood(peer, (round) => eachStream(STREAMS_PER_CHUNK, framesOf, 2 * STREAMS_PER_CHUNK * round + 1));

/** What a peer does to the server, after the handshake unless a test says otherwise. */
export type Attack = (peer: Peer) => Promise<void> | void;

/** Attacks through a new connection. Expects GOAWAY `code` on it, bounded memory, and that other connections are served. */
export async function expectClosedWith(
  code: number,
  { server, peer: connectPeer, expectOthersServed }: Target,
  attack: Attack,
  handshake?: Buffer | false,
): Promise<void> {
  const peer = await connectPeer(handshake);
  const before = await heldBytes();
  await attack(peer);
  expect(await peer.closeCode()).toBe(code);
  await expectOthersServed();
  expect((await heldBytes()) - before).toBeLessThan(8 * MIB);
  expect(server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0 });
}

/** The chunk, repeated until there are at least `bytes`. */
export const repeated = (chunk: Buffer, bytes = 32_768): Buffer =>
  Buffer.concat(new Array(Math.ceil(bytes / chunk.length)).fill(chunk));
