/** Before a service stops, it reports that it is not ready, and still serves calls for a while. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/health/v1/health_pb.ts';
import { rpcClient } from '../../scripts/stack/rpc-client.ts';
import { startSystem } from '../support/system.ts';
import { testBed } from '../support/test-bed.ts';
import { World } from '../support/world.ts';
import { startGateway } from '../unit/gateway/support/gateway.ts';
import { endServices, startService } from './support/service-process.ts';

const bed = testBed();

afterAll(endServices);

const statusAt = async (address: string) => (await rpcClient(Health, address).check({})).status;
const inactiveReasonAt = async (address: string) =>
  (await rpcClient(IntrospectionService, address, bed.system.tokens.gateway).introspect({ token: 'x' })).inactiveReason;

describe.each([
  ['one process', {}],
  ['several workers', { INTROSPECTION_WORKERS: '2' }],
])('introspection as %s', (_name, environment) => {
  test('reports NOT_SERVING after SIGTERM, still serves calls, and then exits with code 0', async () => {
    const service = startService('introspection', bed.system, { ...environment, DRAIN_SECONDS: '3' });
    const { grpc, fastPort } = (await service.logged('ready')) as Record<string, string>;
    for (const address of [grpc, fastPort] as string[]) expect(await statusAt(address)).toBe(Status.SERVING);
    service.kill('SIGTERM');
    await service.logged('draining');
    for (const address of [grpc, fastPort] as string[]) {
      await expect.poll(() => statusAt(address), { timeout: 2_500, interval: 50 }).toBe(Status.NOT_SERVING);
      expect(await inactiveReasonAt(address)).toBe(InactiveReason.MALFORMED);
    }
    expect(await service.ended).toBe(0);
  });
});

test('the HTTP ports of a draining service close a connection after a response, so that a proxy does not reuse it', async () => {
  const system = await startSystem();
  onTestFinished(() => system.stop());
  const world = new World(system);
  const gateway = await startGateway({
    introspection: system.introspectionFastPort,
    serviceToken: system.tokens.gateway,
  });
  onTestFinished(() => gateway.stop());
  const authz = `${system.introspectionHttp[0]}/authz/forward?scope=posts:read`;
  const responses = async () => [
    await gateway.call('/api/v3/session_info', 'x'),
    await fetch(authz),
    await world.http('POST', '/oauth/token', { body: new URLSearchParams({ grant_type: 'refresh_token' }) }),
  ];
  const connectionHeaders = async () => (await responses()).map(({ headers }) => headers.get('connection'));
  expect(await connectionHeaders()).toEqual(['keep-alive', 'keep-alive', 'keep-alive']);
  for (const service of [system, gateway]) service.drain();
  expect(await connectionHeaders()).toEqual(['close', 'close', 'close']);
});

test('a draining auth-server is not ready, and still serves calls', async () => {
  const { system, world } = bed;
  expect((await world.http('GET', '/readyz')).status).toBe(200);
  system.drain();
  expect(await world.http('GET', '/readyz')).toMatchObject({
    status: 503,
    body: { status: 'not ready', reason: 'the server is stopping' },
  });
  for (const address of [system.authServerGrpc, system.authServerInternal]) {
    expect(await statusAt(address)).toBe(Status.NOT_SERVING);
  }
  await world.registerApp();
});
