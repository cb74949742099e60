import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason, type IntrospectResponse } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import {
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/health/v1/health_pb.ts';
import { grpcMethod } from '../support/grpc-method.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed({ replicas: 2 });

const transport = (replica: number, bearer?: string) => {
  const authenticate: Interceptor = (next) => (request) => {
    if (bearer !== undefined) request.header.set('authorization', `Bearer ${bearer}`);
    return next(request);
  };
  return createGrpcTransport({
    baseUrl: `http://${bed.system.introspectionFastPort[replica]}`,
    interceptors: [authenticate],
  });
};
const fastPort = (replica = 0, bearer: string | undefined = bed.system.tokens.gateway) =>
  createClient(IntrospectionService, transport(replica, bearer));

async function failure(call: Promise<unknown>): Promise<{ code: Code; reason: ErrorReason | undefined }> {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown) => thrown,
    ),
  );
  return { code: error.code, reason: error.findDetails(ErrorDetailSchema)[0]?.reason };
}

test('the fast port and the standard port return the same responses', async () => {
  const app = await bed.world.registerApp();
  const { access_token: token } = await bed.world.install(app, { actor: 'self' });
  for (const text of [token, `${token}x`, 'malformed', '']) {
    expect(await fastPort().introspect({ token: text })).toEqual(await bed.world.introspect(text));
  }
  const batch = await fastPort().batchIntrospect({ tokens: [token, 'malformed', token] });
  expect(batch.responses.map(({ active }) => active)).toEqual([true, false, true]);
  expect(batch.responses[1]?.inactiveReason).toBe(InactiveReason.MALFORMED);
});

test('a disconnect is visible to the next Introspect on the fast port of every replica', async () => {
  const app = await bed.world.registerApp();
  const { access_token: token } = await bed.world.install(app);
  for (const replica of [0, 1]) expect((await fastPort(replica).introspect({ token })).active).toBe(true);
  const installId = await bed.world.installId(app);
  expectStatus(204, await bed.world.as(TARGET_ADMIN, 'DELETE', `/oauth/installs/${installId}`, undefined, 'globex'));
  for (const replica of [0, 1]) {
    expect(await fastPort(replica).introspect({ token })).toMatchObject({
      active: false,
      inactiveReason: InactiveReason.REVOKED,
    });
  }
});

test('the fast port rejects an empty or too large batch and an unknown method, like the standard port', async () => {
  for (const tokens of [[], Array.from({ length: 101 }, () => 'x')]) {
    expect(await failure(fastPort().batchIntrospect({ tokens }))).toEqual({
      code: Code.InvalidArgument,
      reason: ErrorReason.INVALID_FIELD,
    });
  }
  const watched = createClient(Health, transport(0)).watch({})[Symbol.asyncIterator]().next();
  expect((await failure(watched)).code).toBe(Code.Unimplemented);
});

test('health needs no credential', async () => {
  const { status } = await createClient(Health, transport(0)).check({});
  expect(status).toBe(ServingStatus.SERVING);
});

test('a malformed health check is INVALID_ARGUMENT', async () => {
  const client = new Client(bed.system.introspectionFastPort[0] as string, credentials.createInsecure());
  const { path } = grpcMethod(Health.method.check);
  const asIs = (bytes: Buffer) => bytes;
  const error = await new Promise<ServiceError | null>((resolve) =>
    client.makeUnaryRequest(path, asIs, asIs, Buffer.of(0x0a, 0xff), new Metadata(), {}, resolve),
  );
  client.close();
  expect(error?.code).toBe(Code.InvalidArgument);
});

test('grpc-js is served on the fast port', async () => {
  const client = new Client(bed.system.introspectionFastPort[0] as string, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = grpcMethod(IntrospectionService.method.introspect);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${bed.system.tokens.gateway}`);
  const request = create(IntrospectRequestSchema, { token: 'malformed' });
  const response = await new Promise<IntrospectResponse>((resolve, reject) =>
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error, response) =>
      response ? resolve(response) : reject(error),
    ),
  );
  client.close();
  expect(response.inactiveReason).toBe(InactiveReason.MALFORMED);
});
