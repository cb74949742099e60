/** Ports on an IPv6 address, on an IPv4 address, and on all addresses. */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health_pb.ts';
import { hostPort } from '../../../services/common/process/host-port.ts';
import { GrpcJsPort } from '../../../services/common/rpc/grpc-js-port.ts';
import { HealthHandlers } from '../../../services/common/rpc/health.ts';
import { UnaryH2Port } from '../../../services/common/rpc/unary-h2-port.ts';
import { grpcJsClient } from '../../wire/support/grpc-js-client.ts';
import { ownClient } from '../../wire/support/rpc-client.ts';
import { serviceDependencies } from './service-dependencies.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((found) => found?.some(({ address }) => isIPv6(address)));
const health = new HealthHandlers([], async () => true);

const standardPort = () => {
  const port = new GrpcJsPort(serviceDependencies(), { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 });
  port.services.addCommon([], health);
  return port;
};
const fastPort = () => {
  const port = new UnaryH2Port('fast', serviceDependencies());
  port.services.add(Health, health.unaryHandlers);
  return port;
};

describe.skipIf(!hasIPv6).each([
  ['the standard port', standardPort],
  ['the fast port', fastPort],
])('%s', (_name, build) => {
  test.each([
    ['::1', ['::1']],
    ['::', ['::1', '127.0.0.1']],
    ['127.0.0.1', ['127.0.0.1']],
  ] as const)('on %s is reachable at %j', async (host, reachable) => {
    const port = build();
    onTestFinished(() => port.close());
    const number = await port.listen(host, 0);
    for (const address of reachable) {
      const client = ownClient(grpcJsClient(hostPort(address, number)));
      expect((await client.call(Health.method.check, {})).message.status).toBe(Status.SERVING);
    }
  });
});
