/** A replica whose service token auth-server does not accept, in a process as in production. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { rpcClient } from '../../scripts/stack/rpc-client.ts';
import { serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { sumOf } from '../support/scrape.ts';
import { testBed } from '../support/test-bed.ts';
import { endServices, startService } from './support/service-process.ts';

/** A refused replica exits after two intervals. They are long so that its look-ups do not time out on a busy machine. */
const FILE_CHECK_INTERVAL_MS = '2000';
const REFUSED = 'auth-server does not accept the service token or certificate of introspection';

const bed = testBed();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refused-'));
});
afterEach(endServices);
afterAll(() => rm(folder, { recursive: true }));

const start = (environment: Record<string, string>) =>
  startService('introspection', bed.system, { FILE_CHECK_INTERVAL_MS, ...environment });

/** Look-ups that auth-server has refused, as one of these services counts them. */
const refusalsIn = (metrics: string, side: 'client' | 'server') =>
  sumOf(metrics, `rpc_${side}_call_duration_seconds_count`, {
    rpc_method: 'featureos.oauth.internal.v1.TokenStateService/GetTokenStates',
    rpc_response_status_code: 'UNAUTHENTICATED',
  });

const newToken = async () => (await bed.world.install(await bed.world.registerApp())).access_token;

const introspect = (address: string, token: string) =>
  rpcClient(IntrospectionService, address, bed.system.tokens.gateway).introspect({ token });

test.each([
  ['is unknown', () => 'unknown-token-of-more-than-32-characters'],
  ['is that of a gateway', () => bed.system.tokens.gateway],
])('does not start if its token %s, and says why', async (_what, token) => {
  const replica = start({ AUTH_SERVER_TOKEN: token() });
  expect(await replica.ended).toBe(1);
  const logged = replica
    .log()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // On a slow machine, lines about Redis may precede it.
  expect(logged.at(-1)).toMatchObject({
    level: 60,
    msg: 'could not start',
    err: { message: expect.stringContaining(REFUSED) },
  });
  expect(logged.filter(({ msg }) => msg === 'ready')).toEqual([]);
  expect(replica.log()).not.toContain(token());
});

test('the workers of a pool do not start either', async () => {
  const replica = start({ AUTH_SERVER_TOKEN: 'unknown-token-of-more-than-32-characters', INTROSPECTION_WORKERS: '2' });
  expect(await replica.ended).toBe(1);
  expect(replica.log()).toContain(REFUSED);
  expect(replica.log()).not.toContain('"msg":"ready"');
});

test('starts once the file has a token that auth-server accepts', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, 'unknown-token-of-more-than-32-characters');
  // Long, so that the replica reads the changed file before it gives up after two intervals.
  const refusals = () => refusalsIn(bed.system.metrics.authServer, 'server');
  const before = await refusals();
  const replica = start({ AUTH_SERVER_TOKEN: '', AUTH_SERVER_TOKEN_FILE: file, FILE_CHECK_INTERVAL_MS: '5000' });
  await expect.poll(refusals, { timeout: 10_000 }).toBeGreaterThan(before);
  writeFileSync(file, bed.system.tokens.introspection);
  const { grpc } = await replica.logged('ready');
  expect(await introspect(grpc as string, await newToken())).toMatchObject({ active: true });
});

test('starts while auth-server cannot be reached, and serves what is cached', async () => {
  const token = await newToken();
  await bed.cache(token);
  const replica = start({ AUTH_SERVER_GRPC: `127.0.0.1:${await freePort()}` });
  const { grpc } = await replica.logged('ready');
  expect(await introspect(grpc as string, token)).toMatchObject({ active: true });
});

test('continues to serve what is cached if auth-server no longer accepts its token, and counts the refused calls', async () => {
  const accepted = join(folder, 'caller-tokens');
  const accept = (token: string) => writeFileSync(accepted, `introspection=${serviceTokenDigest(token)}\n`);
  accept(bed.system.tokens.introspection);
  const [internal, metrics] = [String(await freePort()), String(await freePort())];
  const authServer = await startAuthServer(bed.system, {
    INTERNAL_GRPC_PORT: internal,
    CALLER_TOKENS: '',
    CALLER_TOKENS_FILE: accepted,
    FILE_CHECK_INTERVAL_MS,
  });
  try {
    const replica = start({ AUTH_SERVER_GRPC: `127.0.0.1:${internal}`, METRICS_PORT: metrics });
    const { grpc } = (await replica.logged('ready')) as { grpc: string };
    const refusals = () => refusalsIn(`127.0.0.1:${metrics}`, 'client');
    const cached = await newToken();
    expect(await introspect(grpc, cached)).toMatchObject({ active: true });
    expect(await refusals()).toBe(0);
    accept('another-token-of-more-than-32-characters');
    await expect.poll(async () => introspect(grpc, await newToken()).catch(String)).toContain(REFUSED);
    expect(await refusals()).toBeGreaterThan(0);
    expect(await introspect(grpc, cached)).toMatchObject({ active: true });
    accept(bed.system.tokens.introspection);
    await expect.poll(async () => introspect(grpc, await newToken()).catch(String)).toMatchObject({ active: true });
  } finally {
    await authServer.stop();
  }
});
