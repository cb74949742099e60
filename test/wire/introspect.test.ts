import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { beforeAll, describe, expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import {
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { testBed } from '../support/test-bed.ts';
import { GLOBEX, type Pair, type RegisteredApp } from '../support/world.ts';
import { bufCurlClient } from './support/buf-curl.ts';
import { connectNodeGrpcClient } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { GRPC_HEADERS, grpcFrame, grpcStatusOf, rawPost } from './support/raw-http2.ts';
import { expectFailure, type RpcClient, sharedClient } from './support/rpc-client.ts';

const { introspect, batchIntrospect } = IntrospectionService.method;

const bed = testBed();
let app: RegisteredApp;
let pair: Pair;
let unknown: string;

beforeAll(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
  unknown = new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();
});

const standardPort = () => bed.system.introspectionGrpc[0] as string;
const fastPort = () => bed.system.introspectionFastPort[0] as string;
const asGateway = () => ({ bearer: bed.system.tokens.gateway });

describe.each<[string, () => RpcClient]>([
  ['grpc-js', () => grpcJsClient(standardPort())],
  ['grpc-js on the fast port', () => grpcJsClient(fastPort())],
  ['connect-node (gRPC)', () => connectNodeGrpcClient(standardPort())],
  ['connect-node on the fast port', () => connectNodeGrpcClient(fastPort())],
  ['buf curl (gRPC)', () => bufCurlClient(standardPort(), bed.system.tokens.gateway)],
])('with %s', (_name, build) => {
  const client = sharedClient(build);

  test('Introspect returns the owner and the scopes of a token', async () => {
    const { message } = await client.call(introspect, { token: pair.access_token }, asGateway());
    expect(message).toMatchObject({
      active: true,
      inactiveReason: InactiveReason.UNSPECIFIED,
      clientId: app.clientId,
      installId: await bed.world.installId(app),
      organization: { id: GLOBEX, subdomain: 'globex' },
      actor: { mode: ActorMode.APP },
      scopes: ['posts:read', 'posts:write', 'comments:read'],
    });
    const lifetimeSeconds = Number(message.expiresAt?.seconds) - Number(message.issuedAt?.seconds);
    expect(lifetimeSeconds).toBe(86_400);
  });

  test('Introspect returns only the reason for an inactive token', async () => {
    const cases = [
      [unknown, InactiveReason.UNKNOWN],
      [pair.refresh_token, InactiveReason.MALFORMED],
      [app.clientSecret, InactiveReason.MALFORMED],
      ['', InactiveReason.MALFORMED],
      ['malformed', InactiveReason.MALFORMED],
    ] as const;
    const singles = await Promise.all(cases.map(([token]) => client.call(introspect, { token }, asGateway())));
    expect(singles.map(({ message }) => message)).toEqual(
      cases.map(([, inactiveReason]) => create(IntrospectResponseSchema, { active: false, inactiveReason })),
    );
  });

  test('BatchIntrospect responds in the order of the request, also to duplicates', async () => {
    const tokens = ['malformed', pair.access_token, unknown, pair.access_token, 'malformed'];
    const { message } = await client.call(batchIntrospect, { tokens }, asGateway());
    const alone = await Promise.all(tokens.map((token) => client.call(introspect, { token }, asGateway())));
    expect(message.responses).toEqual(alone.map((each) => each.message));
    expect(message.responses.map(({ active }) => active)).toEqual([false, true, false, true, false]);
  });

  test('a batch has 1 to 100 tokens', async () => {
    for (const count of [0, 101]) {
      const call = client.call(batchIntrospect, { tokens: Array(count).fill('malformed') }, asGateway());
      const { detail } = await expectFailure(call, ErrorReason.INVALID_FIELD);
      expect(detail?.fieldViolations).toMatchObject([{ field: 'tokens', message: 'must have 1 to 100 items' }]);
    }
    for (const count of [1, 100]) {
      const tokens = Array(count).fill(pair.access_token);
      const { message } = await client.call(batchIntrospect, { tokens }, asGateway());
      expect(message.responses).toHaveLength(count);
      expect(message.responses.every(({ active }) => active)).toBe(true);
    }
  });
});

describe('on the wire', () => {
  const PATH = '/featureos.oauth.v1.IntrospectionService/Introspect';
  const headers = () => ({ ...GRPC_HEADERS, authorization: `Bearer ${bed.system.tokens.gateway}` });
  const request = (token: string) =>
    grpcFrame(toBinary(IntrospectRequestSchema, create(IntrospectRequestSchema, { token })));

  test('a response is one uncompressed frame and a grpc-status of 0', async () => {
    const response = await rawPost(standardPort(), PATH, headers(), request('malformed'));
    const inactive = create(IntrospectResponseSchema, { inactiveReason: InactiveReason.MALFORMED });
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('application/grpc+proto');
    expect(response.body).toEqual(grpcFrame(toBinary(IntrospectResponseSchema, inactive)));
    expect(grpcStatusOf(response)).toBe(0);
  });

  test('an error has no body, and details in its trailers', async () => {
    const response = await rawPost(standardPort(), PATH, GRPC_HEADERS, request('malformed'));
    expect(response.status).toBe(200);
    expect(response.body).toHaveLength(0);
    expect(grpcStatusOf(response)).toBe(Code.Unauthenticated);
    expect({ ...response.headers, ...response.trailers }['grpc-status-details-bin']).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  test('the standard port does not support Connect', async () => {
    for (const contentType of ['application/json', 'application/proto']) {
      const sent = { ...headers(), 'content-type': contentType };
      expect((await rawPost(standardPort(), PATH, sent, request('malformed'))).status).toBe(415);
    }
  });
});
