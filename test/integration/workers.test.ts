import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createServer } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, expect, test } from 'vitest';
import {
  BatchIntrospectRequestSchema,
  BatchIntrospectResponseSchema,
  IntrospectionService,
} from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { TestCa } from '../support/certificates.ts';
import { sumOf } from '../support/scrape.ts';
import { testBed } from '../support/test-bed.ts';
import { endServices, isAlive, openSockets, type ServiceProcess, startService } from './support/service-process.ts';

const bed = testBed();
const WORKERS = 2;
const PATH = `/${IntrospectionService.typeName}/BatchIntrospect`;

afterEach(endServices);

/** A long timeout, because the first look-ups of a new worker may wait for a CPU. */
const SETTINGS = { INTROSPECTION_WORKERS: String(WORKERS), AUTH_SERVER_TIMEOUT_MS: '10000' };
const start = (environment: Record<string, string> = {}) =>
  startService('introspection', bed.system, { ...SETTINGS, ...environment });

/** Introspects the token over this connection; returns `active`. */
async function introspect(session: ClientHttp2Session, token: string): Promise<boolean | undefined> {
  const stream = session.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    authorization: `Bearer ${bed.system.tokens.gateway}`,
  });
  const message = toBinary(BatchIntrospectRequestSchema, create(BatchIntrospectRequestSchema, { tokens: [token] }));
  stream.end(Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const { responses } = fromBinary(BatchIntrospectResponseSchema, Buffer.concat(chunks).subarray(5));
  return responses[0]?.active;
}

const newToken = async () => (await bed.world.install(await bed.world.registerApp())).access_token;

async function connectionsTo(address: string, count: number): Promise<ClientHttp2Session[]> {
  const sessions = Array.from({ length: count }, () => connect(`http://${address}`));
  await Promise.all(sessions.map((session) => once(session, 'connect')));
  return sessions;
}

const metric = (port: number, name: string, labels = {}) => sumOf(`127.0.0.1:${port}`, name, labels);

test('all workers serve both gRPC ports, and the metrics port returns the sum of their metrics', async () => {
  const metricsPort = await freePort();
  const service = start({ METRICS_PORT: String(metricsPort) });
  const { grpc, fastPort } = await service.logged('ready');
  const token = await newToken();
  expect(service.workers()).toHaveLength(WORKERS);
  const open: ClientHttp2Session[] = [];
  for (const address of [grpc, fastPort]) {
    const idle = service.workers().map(openSockets);
    const sessions = await connectionsTo(address as string, 40);
    open.push(...sessions);
    expect(await Promise.all(sessions.map((session) => introspect(session, token)))).toEqual(sessions.map(() => true));
    for (const [index, worker] of service.workers().entries()) {
      expect(openSockets(worker)).toBeGreaterThan(idle[index] as number);
    }
    if (address === fastPort) {
      expect(await metric(metricsPort, 'introspection_fast_port', { stat: 'connections' })).toBe(40);
      expect(await metric(metricsPort, 'introspection_fast_port', { stat: 'responded' })).toBe(40);
    }
  }
  for (const session of open) session.destroy();
  const ok = { rpc_method: PATH.slice(1), rpc_response_status_code: 'OK' };
  const calls = (port: string) => metric(metricsPort, 'rpc_server_call_duration_seconds_count', { ...ok, port });
  expect([await calls('grpc'), await calls('fast')]).toEqual([40, 40]);
  expect(await metric(metricsPort, 'introspection_processes')).toBe(WORKERS);
  expect(await metric(metricsPort, 'introspection_cache_reads_total', { result: 'fresh' })).toBeGreaterThan(0);
});

test('workers serve the HTTP endpoints for proxies on one port, and their decisions are summed', async () => {
  const metricsPort = await freePort();
  const service = start({ METRICS_PORT: String(metricsPort), AUTHZ_HTTP_PORT: '0' });
  const { authz } = await service.logged('ready');
  const token = await newToken();
  const requests = Array.from({ length: 20 }, () =>
    fetch(`http://${authz}/authz/request?scope=posts:read`, { headers: { authorization: `Bearer ${token}` } }),
  );
  expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(requests.map(() => 204));
  expect(await metric(metricsPort, 'introspection_authorizations_total', { result: 'allowed' })).toBe(requests.length);
});

test('on SIGTERM every worker completes its calls in flight', async () => {
  const service = start();
  const { fastPort } = await service.logged('ready');
  const workers = service.workers();
  const sessions = await connectionsTo(fastPort as string, 12);
  const token = await newToken();
  const responses = sessions.map((session) => introspect(session, token));
  const goawayCodes = sessions.map((session) => once(session, 'goaway').then(([code]) => code));
  await Promise.race(responses);
  service.kill('SIGTERM');
  expect(await Promise.all(responses)).toEqual(sessions.map(() => true));
  expect(await Promise.all(goawayCodes)).toEqual(sessions.map(() => 0));
  expect(await service.ended).toBe(0);
  expect(workers.filter(isAlive)).toEqual([]);
});

test('a signal to the whole process group stops the service like a signal to the parent', async () => {
  const service = start();
  await service.logged('ready');
  for (const worker of service.workers()) process.kill(worker, 'SIGINT');
  service.kill('SIGINT');
  expect(await service.ended).toBe(0);
  expect(service.log()).not.toContain('worker exited');
});

test('a worker that exits is replaced; the others continue', async () => {
  const service = start();
  const { fastPort } = await service.logged('ready');
  const token = await newToken();
  const before = service.workers();
  process.kill(before[0] as number, 'SIGKILL');
  const replaced = () => service.workers().filter((pid) => !before.includes(pid));
  await expect.poll(replaced, { timeout: 20_000 }).toHaveLength(1);
  const sessions = await connectionsTo(fastPort as string, 20);
  expect(await Promise.all(sessions.map((session) => introspect(session, token)))).toEqual(sessions.map(() => true));
  for (const session of sessions) session.destroy();
});

test('the service exits if its workers exit repeatedly', async () => {
  const service = start({ INTROSPECTION_WORKERS: '4' });
  await service.logged('ready');
  const killed = new Set<number>();
  const timer = setInterval(() => {
    for (const pid of service.workers().filter((each) => !killed.has(each))) {
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
    }
  }, 20);
  expect(await service.ended).toBe(1);
  clearInterval(timer);
  await expect.poll(service.log).toContain('too many workers have exited');
  // 4 initial workers and at most 10 restarts.
  expect(killed.size).toBeLessThanOrEqual(4 + 10);
});

test('workers exit when their parent is killed', async () => {
  const service = start();
  await service.logged('ready');
  const workers = service.workers();
  service.kill('SIGKILL');
  await service.ended;
  await expect.poll(() => workers.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

test('the service fails to start if a port is in use', async () => {
  const occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const { port } = occupied.address() as { port: number };
  const service: ServiceProcess = start({ FAST_PORT: String(port) });
  expect(await service.ended).toBe(1);
  await expect.poll(service.log).toContain('EADDRINUSE');
  occupied.close();
});

test('with workers, the gRPC, fast and metrics ports serve TLS, and every process reloads the certificate', async () => {
  const ca = new TestCa();
  const { certFile, keyFile, cert } = ca.issue();
  const metricsPort = await freePort();
  const service = start({
    TLS_CERT_FILE: certFile,
    TLS_KEY_FILE: keyFile,
    METRICS_PORT: String(metricsPort),
    FILE_CHECK_INTERVAL_MS: '20',
  });
  const { grpc, fastPort } = await service.logged('ready');
  const addresses = [grpc, fastPort, `127.0.0.1:${metricsPort}`] as string[];
  const token = await newToken();
  for (const address of [grpc, fastPort]) {
    const session = connect(`https://localhost:${address?.split(':').at(-1)}`, { ca: ca.pem });
    expect(await introspect(session, token)).toBe(true);
    session.close();
  }
  /** The serial numbers of the certificates on all ports, over so many connections that each worker probably has some. */
  const serials = async () => {
    const ports = Array.from({ length: 4 }, () => addresses.map((address) => Number(address.split(':').at(-1)))).flat();
    return new Set(await Promise.all(ports.map((port) => ca.serialAt(port))));
  };
  expect(await serials()).toEqual(new Set([new X509Certificate(cert).serialNumber]));
  const next = ca.issue();
  copyFileSync(next.certFile, certFile);
  copyFileSync(next.keyFile, keyFile);
  await expect.poll(serials, { timeout: 10_000 }).toEqual(new Set([new X509Certificate(next.cert).serialNumber]));
  ca.remove();
});
