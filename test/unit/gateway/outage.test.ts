import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { AppError } from '#common/errors/app-error.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { recordingLog } from '../common/recording-log.ts';
import { startDirectory } from './support/directory.ts';
import { CLOSED_PORT, type RunningGateway, startGateway } from './support/gateway.ts';
import { active, ownReplica, portOf, type Replica, SERVICE_TOKEN } from './support/replica.ts';
import { SLACK_MS } from './support/slack.ts';

const TIMEOUT_MS = 500;
const POSTS = '/api/v3/feature_requests';
const RESPONSES = { token: active(['posts:read', 'posts:write']) };

const replica = () => ownReplica(RESPONSES);
async function proxyOf(replica: Replica): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(portOf(replica));
  onTestFinished(() => proxy.stop());
  return proxy;
}
async function gatewayWith(options: Parameters<typeof startGateway>[0]): Promise<RunningGateway> {
  const gateway = await startGateway({ timeoutMs: TIMEOUT_MS, ...options });
  onTestFinished(() => gateway.stop());
  return gateway;
}
const gatewayOver = (...introspection: string[]) => gatewayWith({ introspection });

async function expectOutage(gateway: RunningGateway, path = POSTS): Promise<void> {
  const startedAt = performance.now();
  const response = await gateway.call(path, 'token');
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(response.headers.get('www-authenticate')).toBeNull();
  expect(response.headers.get('x-request-id')).not.toBeNull();
  expect(await response.json()).toEqual({ message: expect.any(String), status: 503, success: false });
}

test('no replica: 503, for known and unknown endpoints', async () => {
  const gateway = await gatewayOver(CLOSED_PORT, '127.0.0.1:2');
  await expectOutage(gateway);
  await expectOutage(gateway, '/api/v3/api_keys');
  await expectOutage(gateway, '/api/v3/nowhere');
});

test('all replicas crash after a valid token: 503, no cached access, nothing written', async () => {
  const [first, second] = [await replica(), await replica()];
  const gateway = await gatewayOver(first.address, second.address);
  expect((await gateway.call(POSTS, 'token')).status).toBe(200);
  await first.kill();
  await second.kill();
  await expectOutage(gateway);
  expect((await gateway.post(POSTS, 'token', { title: 'x' })).status).toBe(503);
  await ownReplica(RESPONSES, { port: portOf(first) });
  const nothingWritten = { success: true, feature_requests: [] };
  await expect.poll(async () => (await gateway.call(POSTS, 'token')).json()).toEqual(nothingWritten);
});

test('a replica that accepts calls and never responds: 503 at the deadline', async () => {
  const hung = await replica();
  hung.before = () => new Promise(() => {});
  await expectOutage(await gatewayOver(hung.address));
});

test('a replica whose open connection hangs: 503 at the deadline', async () => {
  const proxy = await proxyOf(await replica());
  const gateway = await gatewayOver(proxy.address);
  expect((await gateway.call(POSTS, 'token')).status).toBe(200);
  proxy.hang();
  await expectOutage(gateway);
});

test('a replica that accepts connections and sends nothing: 503 at the deadline', async () => {
  const proxy = await proxyOf(await replica());
  proxy.hang();
  await expectOutage(await gatewayOver(proxy.address));
});

test('Retry-After comes from introspection', async () => {
  const limited = await replica();
  limited.before = async () => {
    throw new AppError(ErrorReason.RATE_LIMITED, 'slow down', { retryAfterSeconds: 30 });
  };
  const response = await (await gatewayOver(limited.address)).call(POSTS, 'token');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
});

test('a request without a credential is 401 in an outage too', async () => {
  expect((await (await gatewayOver(CLOSED_PORT)).call(POSTS, undefined)).status).toBe(401);
});

test('auth-server down or hung: session_info is 503, the rest works', async () => {
  const directory = await startDirectory();
  onTestFinished(() => directory.kill());
  const { address } = await replica();
  const gateway = await gatewayWith({ introspection: [address], authServer: directory.address });
  directory.before = () => new Promise(() => {});
  await expectOutage(gateway, '/api/v3/session_info');
  await directory.kill();
  await expectOutage(gateway, '/api/v3/session_info');
  expect((await gateway.call(POSTS, 'token')).status).toBe(200);
});

test('health: live always, ready while introspection serves', async () => {
  const serving = await replica();
  const gateway = await gatewayOver(serving.address);
  expect((await gateway.call('/livez', undefined)).status).toBe(200);
  expect((await gateway.call('/readyz', undefined)).status).toBe(200);
  serving.isServing = false;
  expect((await gateway.call('/readyz', undefined)).status).toBe(503);
  await serving.kill();
  expect((await gateway.call('/readyz', undefined)).status).toBe(503);
  expect((await gateway.call('/livez', undefined)).status).toBe(200);
});

test('stopping: closes idle connections, and completes requests in progress', async () => {
  const slow = await replica();
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<void>();
  slow.before = () => untilReleased;
  const gateway = await startGateway({ introspection: [slow.address] });
  const idle = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  idle.write('GET /livez HTTP/1.1\r\nhost: gateway\r\n\r\n');
  await once(idle, 'data');
  const running = gateway.call(POSTS, 'token');
  await expect.poll(() => slow.tokens.length).toBe(1);
  const stopped = gateway.stop();
  await once(idle, 'close');
  release();
  expect((await running).status).toBe(200);
  await stopped;
  await expect(gateway.call('/livez', undefined)).rejects.toThrow();
});

test('neither the access token nor the service token is logged in any failure', async () => {
  const { lines, log } = recordingLog('trace');
  const failing = await replica();
  failing.before = () => Promise.reject(new Error('boom'));
  const gateway = await gatewayWith({ introspection: [failing.address, CLOSED_PORT], log });
  const canary = 'foot_canary';
  for (const path of [POSTS, '/api/v3/nowhere', '/api/v3/%zz']) {
    await gateway.call(`${path}?access_token=${canary}`, canary);
  }
  failing.before = async () => {};
  await gateway.call(POSTS, canary);
  const logged = JSON.stringify(lines);
  expect(logged).toContain('The access token cannot be checked now');
  expect(logged).not.toContain(canary);
  expect(logged).not.toContain(SERVICE_TOKEN);
});
