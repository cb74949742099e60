/** The limits of a call (the size of its messages, its duration), and messages that cannot be decoded. */
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import {
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { FindAppRequestSchema, OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { grpcPath } from '../../services/common/rpc/grpc-js-definition.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN } from '../support/world.ts';
import { connectNodeClientOverHttp1, connectNodeGrpcClient } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { whileTableIsLocked } from './support/outage.ts';
import { GRPC_HEADERS, grpcFrame, grpcStatusOf, rawPost } from './support/raw-http2.ts';
import { expectFailure, failureOf, ownClient, type RpcClient } from './support/rpc-client.ts';

const KIB = 1024;
const FIND_APP = '/featureos.oauth.v1.OperatorService/FindApp';
const GET_TOKEN_STATES = grpcPath(TokenStateService.method.getTokenStates);
const INTROSPECT = '/featureos.oauth.v1.IntrospectionService/Introspect';

/** The timeouts that test/support/system.ts configures. */
const STATEMENT_TIMEOUT_MS = 10_000;
const AUTH_SERVER_TIMEOUT_MS = 2_000;

const bed = testBed();
const authServer = () => bed.system.authServerGrpc;
const introspection = () => bed.system.introspectionGrpc[0] as string;

describe('a message above the limit is RESOURCE_EXHAUSTED, one below it is accepted', () => {
  test.each<[string, () => RpcClient]>([
    ['grpc-js', () => grpcJsClient(authServer())],
    ['connect-node', () => connectNodeGrpcClient(authServer())],
  ])('at auth-server (1 MiB), with %s', async (_name, build) => {
    const client = ownClient(build());
    const bearer = bed.system.tokens.operator;
    const find = (size: number) =>
      client.call(OperatorService.method.findApp, { clientId: 'x'.repeat(size) }, { bearer });
    expect((await failureOf(find(1_025 * KIB))).code).toBe(Code.ResourceExhausted);
    const notFound = await failureOf(find(1_000 * KIB));
    expect(notFound.code).toBe(Code.NotFound);
    expect(notFound.message.length).toBeLessThanOrEqual(1_000);
  });

  test.each<[string, () => RpcClient]>([
    ['gRPC-Web', () => connectNodeClientOverHttp1('grpc-web', bed.system.issuer)],
    ['Connect', () => connectNodeClientOverHttp1('connect', bed.system.issuer)],
    ['Connect with JSON', () => connectNodeClientOverHttp1('connect', bed.system.issuer, { useBinaryFormat: false })],
  ])('at the HTTP port (64 KiB), with %s', async (_name, build) => {
    const client = build();
    const options = { bearer: await bed.system.platform.sign(OWNER_ADMIN), headers: { 'x-organization': 'acme' } };
    const get = (size: number) => client.call(AppService.method.getApp, { clientId: 'x'.repeat(size) }, options);
    expect((await failureOf(get(65 * KIB))).code).toBe(Code.ResourceExhausted);
    expect((await failureOf(get(60 * KIB))).code).toBe(Code.NotFound);
  });

  test('at introspection (64 KiB)', async () => {
    const client = ownClient(grpcJsClient(introspection()));
    const bearer = bed.system.tokens.gateway;
    const introspect = (size: number) =>
      client.call(IntrospectionService.method.introspect, { token: 'x'.repeat(size) }, { bearer });
    expect((await failureOf(introspect(65 * KIB))).code).toBe(Code.ResourceExhausted);
    expect((await introspect(60 * KIB)).message.active).toBe(false);
  });

  test.each([
    ['auth-server', () => authServer(), FIND_APP, () => bed.system.tokens.operator],
    ['introspection', () => introspection(), INTROSPECT, () => bed.system.tokens.gateway],
  ] as const)('a compressed message counts with its decompressed size, at %s', async (_name, address, path, bearer) => {
    // Field 1, a text of 8 MiB of spaces: 8 KiB on the wire.
    const message = Buffer.concat([Buffer.from([0x0a, 0x80, 0x80, 0x80, 0x04]), Buffer.alloc(8 * KIB * KIB, 0x20)]);
    const frame = grpcFrame(gzipSync(message));
    frame[0] = 1;
    expect(frame.length).toBeLessThan(60 * KIB);
    const headers = { ...GRPC_HEADERS, 'grpc-encoding': 'gzip', authorization: `Bearer ${bearer()}` };
    const response = await rawPost(address(), path, headers, frame);
    expect(grpcStatusOf(response)).toBe(Code.ResourceExhausted);
  });
});

test('an error with many violations fits into trailers', async () => {
  const client = ownClient(grpcJsClient(authServer()));
  const options = { bearer: await bed.system.platform.sign(OWNER_ADMIN), headers: { 'x-organization': 'acme' } };
  const wrong = {
    name: 'x'.repeat(10_000),
    redirectUris: Array.from({ length: 20 }, (_each, at) => `http://${at}.example/${'x'.repeat(3_000)}`),
    declaredScopes: Array.from({ length: 50 }, (_each, at) => `${at}${'y'.repeat(3_000)}`),
  };
  const call = client.call(AppService.method.registerApp, wrong, options);
  const { detail } = await expectFailure(call, ErrorReason.INVALID_FIELD);
  // The name, 20 redirect URIs, 50 scopes, and the missing actor modes.
  expect(detail?.fieldViolations.length).toBeGreaterThanOrEqual(72);
});

describe('the server enforces deadlines, even if a dependency hangs', () => {
  const request = () =>
    grpcFrame(toBinary(FindAppRequestSchema, create(FindAppRequestSchema, { clientId: 'foapp_x' })));
  const headers = () => ({ ...GRPC_HEADERS, authorization: `Bearer ${bed.system.tokens.operator}` });

  /** Expects that a call with a deadline of 200 ms ends because of it: not at once, and before the server's own timeout. */
  async function expectDeadline<T>(serverTimeoutMs: number, call: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const response = await call();
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(150);
    expect(tookMs).toBeLessThan(serverTimeoutMs * 0.9);
    return response;
  }

  test('of auth-server, with gRPC', async () => {
    const call = () => rawPost(authServer(), FIND_APP, { ...headers(), 'grpc-timeout': '200m' }, request());
    const response = await whileTableIsLocked(bed.system.databaseUrl, 'apps', () =>
      expectDeadline(STATEMENT_TIMEOUT_MS, call),
    );
    expect(grpcStatusOf(response)).toBe(Code.DeadlineExceeded);
    expect(grpcStatusOf(await rawPost(authServer(), FIND_APP, headers(), request()))).toBe(Code.NotFound);
  });

  test('of auth-server, with Connect over HTTP/1.1', async () => {
    const authorization = `Bearer ${await bed.system.platform.sign(OWNER_ADMIN)}`;
    const headers = { authorization, 'x-organization': 'acme', 'connect-timeout-ms': '200' };
    const options = { body: { clientId: 'foapp_x' }, headers };
    const call = () => bed.world.http('POST', '/featureos.oauth.v1.AppService/GetApp', options);
    const response = await whileTableIsLocked(bed.system.databaseUrl, 'apps', () =>
      expectDeadline(STATEMENT_TIMEOUT_MS, call),
    );
    expect(response).toMatchObject({ status: 504, body: { code: 'deadline_exceeded' } });
  });

  test('of introspection, while auth-server cannot respond', async () => {
    const token = new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();
    const message = grpcFrame(toBinary(IntrospectRequestSchema, create(IntrospectRequestSchema, { token })));
    const asGateway = { ...GRPC_HEADERS, authorization: `Bearer ${bed.system.tokens.gateway}` };
    const call = () => rawPost(introspection(), INTROSPECT, { ...asGateway, 'grpc-timeout': '200m' }, message);
    const response = await whileTableIsLocked(bed.system.databaseUrl, 'tokens', () =>
      expectDeadline(AUTH_SERVER_TIMEOUT_MS, call),
    );
    expect([Code.DeadlineExceeded, Code.Unavailable]).toContain(grpcStatusOf(response));
    expect(response.body).toHaveLength(0);
    expect(grpcStatusOf(await rawPost(introspection(), INTROSPECT, asGateway, message))).toBe(0);
  });

  test('rejects a malformed deadline', async () => {
    const response = await rawPost(authServer(), FIND_APP, { ...headers(), 'grpc-timeout': 'soon' }, request());
    expect(grpcStatusOf(response)).toBe(Code.Internal);
  });
});

describe('invalid messages are INVALID_ARGUMENT, without internal details', () => {
  test.each([
    ['the gRPC port', () => authServer(), FIND_APP, () => bed.system.tokens.operator],
    ['the internal port', () => bed.system.authServerInternal, GET_TOKEN_STATES, () => bed.system.tokens.introspection],
    ['introspection', () => introspection(), INTROSPECT, () => bed.system.tokens.gateway],
    ['the fast port', () => bed.system.introspectionFastPort[0] as string, INTROSPECT, () => bed.system.tokens.gateway],
  ] as const)('on %s', async (_name, address, path, bearer) => {
    const headers = { ...GRPC_HEADERS, authorization: `Bearer ${bearer()}` };
    for (const bytes of [Buffer.from([0x0a, 0xff]), Buffer.from([0xff]), Buffer.alloc(64, 0xff)]) {
      const response = await rawPost(address(), path, headers, grpcFrame(bytes));
      expect(grpcStatusOf(response)).toBe(Code.InvalidArgument);
      const message = decodeURIComponent(String(response.trailers['grpc-message'] ?? response.headers['grpc-message']));
      expect(message).toBe('the message cannot be decoded');
    }
  });

  test('the permission is checked before the message', async () => {
    const headers = { ...GRPC_HEADERS, authorization: `Bearer ${bed.system.tokens.gateway}` };
    for (const [address, path] of [
      [authServer(), FIND_APP],
      [bed.system.authServerInternal, GET_TOKEN_STATES],
    ] as const) {
      const response = await rawPost(address, path, headers, grpcFrame(Buffer.from([0xff])));
      expect(grpcStatusOf(response)).toBe(Code.PermissionDenied);
    }
  });
});
