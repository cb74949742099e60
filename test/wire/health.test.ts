import { create } from '@bufbuild/protobuf';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import {
  Health,
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from '../../gen/health/v1/health_pb.ts';
import { grpcMethod } from '../support/grpc-method.ts';
import { testBed } from '../support/test-bed.ts';
import { connectNodeGrpcClient } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { whileDatabaseIsGone } from './support/outage.ts';
import { failureOf, ownClient } from './support/rpc-client.ts';
import { AUTH_SERVER_SERVICES, INTROSPECTION_SERVICES } from './support/services.ts';

const bed = testBed();

describe.each([
  ['auth-server', () => bed.system.authServerGrpc, AUTH_SERVER_SERVICES],
  ['introspection', () => bed.system.introspectionGrpc[0] as string, INTROSPECTION_SERVICES],
])('of %s', (_name, address, services) => {
  const clients = () => [grpcJsClient(address()), connectNodeGrpcClient(address())].map(ownClient);

  test('Check needs no credential: the server and its services are SERVING, others NOT_FOUND', async () => {
    for (const client of clients()) {
      for (const service of ['', ...services.map(({ typeName }) => typeName)]) {
        const { message } = await client.call(Health.method.check, { service });
        expect([service, message.status]).toEqual([service, Status.SERVING]);
      }
      const { code } = await failureOf(client.call(Health.method.check, { service: 'featureos.oauth.v1.Nothing' }));
      expect(code).toBe(Code.NotFound);
    }
  });

  test.each([
    ['grpc-js', watchWithGrpcJs],
    ['connect-node', watchWithConnectNode],
  ])('Watch needs no credential and responds at once (%s)', async (_client, watch) => {
    for (const [service, status] of [
      ['', Status.SERVING],
      [services[0]?.typeName ?? '', Status.SERVING],
      ['featureos.oauth.v1.Nothing', Status.SERVICE_UNKNOWN],
    ] as const) {
      const watched = watch(address(), service);
      expect(await watched.next()).toBe(status);
      watched.end();
    }
  });
});

test.each([
  ['grpc-js', watchWithGrpcJs],
  ['connect-node', watchWithConnectNode],
])('Watch reports when auth-server loses its database and when it is back (%s)', async (_client, watch) => {
  const watched = watch(bed.system.authServerGrpc, '');
  expect(await watched.next()).toBe(Status.SERVING);
  await whileDatabaseIsGone(bed.system.databaseUrl, async () => {
    expect(await watched.next()).toBe(Status.NOT_SERVING);
    const client = ownClient(grpcJsClient(bed.system.authServerGrpc));
    expect((await client.call(Health.method.check, {})).message.status).toBe(Status.NOT_SERVING);
  });
  expect(await watched.next()).toBe(Status.SERVING);
  watched.end();
});

interface Watched {
  next(): Promise<Status | undefined>;
  end(): void;
}

function watchWithGrpcJs(address: string, service: string): Watched {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = grpcMethod(Health.method.watch);
  const request = create(HealthCheckRequestSchema, { service });
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  const responses: AsyncIterator<HealthCheckResponse> = call[Symbol.asyncIterator]();
  call.on('error', () => {}); // `end` cancels the call
  return {
    next: async () => (await responses.next()).value?.status,
    end() {
      call.cancel();
      client.close();
    },
  };
}

function watchWithConnectNode(address: string, service: string): Watched {
  const ended = new AbortController();
  const client = createClient(Health, createGrpcTransport({ baseUrl: `http://${address}` }));
  const responses = client.watch({ service }, { signal: ended.signal })[Symbol.asyncIterator]();
  return { next: async () => (await responses.next()).value?.status, end: () => ended.abort() };
}
