/**
 * Limits of a grpc-js port: the memory that its peers can occupy, where a peer at a limit must not affect other clients, and the
 * time of a stop.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Code } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import { SessionService } from '../../../gen/featureos/oauth/v1/session_service_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health_pb.ts';
import { identifyService } from '../../../services/common/rpc/admission.ts';
import type { PeerLimits } from '../../../services/common/rpc/grpc-js-peers.ts';
import { GrpcJsPort } from '../../../services/common/rpc/grpc-js-port.ts';
import { HealthHandlers } from '../../../services/common/rpc/health.ts';
import * as h2 from '../../unary-h2/support/frames.ts';
import { heldBytes } from '../../unary-h2/support/memory.ts';
import { Peer } from '../../unary-h2/support/peer.ts';
import { grpcJsClient } from '../../wire/support/grpc-js-client.ts';
import { failureOf, ownClient, type RpcClient } from '../../wire/support/rpc-client.ts';
import { serviceDependencies } from './service-dependencies.ts';

const MIB = 1024 * 1024;
/** The memory that a waiting call counts for, without its messages (waiting-streams.ts). */
const STREAM_BYTES = 32 * 1024;
const CHECK = '/grpc.health.v1.Health/Check';
const WATCH = '/grpc.health.v1.Health/Watch';
const GET_SESSION = `/${SessionService.typeName}/GetSession`;
/** Calls on one connection. */
const STREAMS = 100;
const INITIAL_WINDOW_SIZE = 0x4;

interface RunningPort {
  /** A client that has made one call, with a credential. */
  readonly otherClient: RpcClient;
  /** A connection that has sent its handshake. `settings`: its SETTINGS frame; default: an empty one. */
  peer(settings?: Buffer): Promise<Peer>;
  client(): RpcClient;
}

async function startPort(limits: Partial<PeerLimits> = {}, maxConnectionAgeMs = 60_000): Promise<RunningPort> {
  const identify = identifyService({ authenticate: async () => ({ kind: 'gateway', name: 'gateway' }) });
  const port = new GrpcJsPort(serviceDependencies(identify), { maxMessageBytes: 1_024, maxConnectionAgeMs, limits });
  port.services.addCommon([], new HealthHandlers([], async () => true));
  port.services.add(SessionService, { getSession: async () => ({}) });
  const address = `127.0.0.1:${await port.listen('127.0.0.1', 0)}`;
  onTestFinished(() => port.close(0));
  const client = () => ownClient(grpcJsClient(address));
  const otherClient = client();
  await serves(otherClient);
  return {
    otherClient,
    client,
    async peer(settings = h2.settings()) {
      const socket = connect(Number(address.split(':')[1]), '127.0.0.1').setNoDelay(true);
      await once(socket, 'connect');
      onTestFinished(() => void socket.destroy());
      const peer = new Peer(socket);
      peer.send(h2.PREFACE, settings, h2.SETTINGS_ACK);
      return peer;
    },
  };
}

async function serves(client: RpcClient): Promise<void> {
  const { message } = await client.call(Health.method.check, {}, { bearer: 'x' });
  expect(message.status).toBe(Status.SERVING);
}

test('a call without a credential is rejected when its headers arrive, before its message', async () => {
  const port = await startPort();
  const peer = await port.peer();
  peer.send(h2.headers(1, 0, h2.requestFields([], GET_SESSION)));
  expect((await peer.response(1)).fields).toMatchObject({ ':status': '200', 'grpc-status': '16' });
  await serves(port.otherClient);
});

test.each([
  ['to a method that is open to everyone', CHECK, '4'],
  ['to an unknown method', '/a.B/C', '12'],
])('an incomplete request %s gets a status and is reset', async (_name, path, status) => {
  const port = await startPort({ waitTimeoutMs: 300 });
  const peer = await port.peer();
  peer.send(h2.headers(1, 0, h2.requestFields([], path)));
  expect((await peer.response(1)).fields['grpc-status']).toBe(status);
  await peer.resetCode(1);
  await serves(port.otherClient);
});

test('resets a stream whose response is not read', async () => {
  const port = await startPort({ waitTimeoutMs: 300 });
  const peer = await port.peer(h2.settings([INITIAL_WINDOW_SIZE, 0]));
  peer.send(h2.request(1, '', h2.requestFields([], CHECK)));
  expect(await peer.resetCode(1)).toBe(8);
});

test.each<[string, Buffer, (id: number) => Buffer]>([
  ['requests that never end', h2.settings(), (id) => h2.headers(id, 0, h2.requestFields([], CHECK))],
  ['requests without a credential', h2.settings(), (id) => h2.headers(id, 0, h2.requestFields([], GET_SESSION))],
  [
    'responses without flow-control window',
    h2.settings([INITIAL_WINDOW_SIZE, 0]),
    (id) => h2.request(id, '', h2.requestFields([], CHECK)),
  ],
])('a flood of %s closes the slowest connections and does not affect another client', async (_name, settings, frames) => {
  // The calls of five connections.
  const port = await startPort({ maxWaitingBytes: 500 * STREAM_BYTES });
  const before = await heldBytes();
  const peers: Peer[] = [];
  for (let round = 0; round < 30; round++) {
    const peer = await port.peer(settings);
    peer.send(h2.eachStream(STREAMS, frames));
    peers.push(peer);
    await serves(port.otherClient);
  }
  await expect.poll(() => peers.filter(({ isClosed }) => isClosed).length).toBeGreaterThanOrEqual(24);
  expect(peers.slice(-4).map(({ isClosed }) => isClosed)).toEqual([false, false, false, false]);
  await serves(port.client());
  expect((await heldBytes()) - before).toBeLessThan(48 * MIB);
});

test('connections without an authenticated call are evicted for new clients, and others are not', async () => {
  const port = await startPort({ maxConnections: 20 });
  const idle: Peer[] = [];
  for (let count = 0; count < 60; count++) idle.push(await port.peer());
  for (let count = 0; count < 5; count++) {
    await serves(port.client());
    await serves(port.otherClient);
  }
  await expect.poll(() => idle.filter(({ isClosed }) => isClosed).length).toBeGreaterThanOrEqual(40);
});

test('at the limit of connections, a client gets UNAVAILABLE if none can be evicted', async () => {
  const port = await startPort({ maxConnections: 2 });
  await serves(port.client());
  const refused = port.client().call(Health.method.check, {}, { bearer: 'x' });
  expect((await failureOf(refused)).code).toBe(14);
  await serves(port.otherClient);
});

test('the number of streaming calls is limited, and unary calls are not affected', async () => {
  const port = await startPort({ maxStreamingCalls: 50 });
  const peer = await port.peer();
  peer.send(h2.eachStream(STREAMS, (id) => h2.request(id, '', h2.requestFields([], WATCH))));
  const refused = await peer.response(2 * STREAMS - 1);
  expect(refused.fields['grpc-status']).toBe('14');
  await serves(port.otherClient);
});

test('500 watchers share each check', async () => {
  let checks = 0;
  let isServing = true;
  const health = new HealthHandlers([], async () => {
    checks++;
    return isServing;
  });
  const ended = new AbortController();
  const watches = Array.from({ length: 500 }, () => health.watch('', ended.signal));
  await Promise.all(watches.map((watch) => watch.next()));
  checks = 0;
  const changes = watches.map((watch) => watch.next());
  await expect.poll(() => checks).toBeGreaterThanOrEqual(3);
  isServing = false;
  const statuses = await Promise.all(changes);
  expect(statuses.every(({ value }) => value?.status === Status.NOT_SERVING)).toBe(true);
  expect(checks).toBeLessThan(50);
  ended.abort();
});

test('a connection gets GOAWAY at its maximum age, and no call fails', async () => {
  const port = await startPort({}, 200);
  const peer = await port.peer();
  await expect.poll(() => peer.goAways().map(({ code }) => code)).toContain(0);
  for (let count = 0; count < 20; count++) {
    await serves(port.otherClient);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
});

test('a stop ends calls that take longer than its limit', async () => {
  const port = new GrpcJsPort(serviceDependencies(), { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 });
  const { promise: called, resolve: onCall } = Promise.withResolvers<void>();
  port.services.addCommon(
    [],
    new HealthHandlers([], () => {
      onCall();
      return new Promise(() => {});
    }),
  );
  const client = ownClient(grpcJsClient(`127.0.0.1:${await port.listen('127.0.0.1', 0)}`));
  const failure = failureOf(client.call(Health.method.check, {}));
  await called;
  await port.close(50);
  expect((await failure).code).toBe(Code.Unavailable);
});

test('a stop ends connections whose client does not close them', async () => {
  const port = new GrpcJsPort(serviceDependencies(), { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 });
  const socket = connect({ port: await port.listen('127.0.0.1', 0), host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}).write(Buffer.concat([h2.PREFACE, h2.settings(), h2.SETTINGS_ACK]));
  await once(socket, 'data');
  socket.resume();
  await port.close(50);
});
