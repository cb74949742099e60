/** ext_authz as Envoy calls it: a stock gRPC client with Envoy's messages, on both ports. */
import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { beforeAll, describe, expect, test } from 'vitest';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../../gen/envoy/config/core/v3/base_pb.ts';
import { Authorization, CheckRequestSchema } from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';
import { checkRequest, deniedOf, okOf, rawCheckRequest, upstreamHeaders } from './support/check-request.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { whileDatabaseIsGone } from './support/outage.ts';
import { GRPC_HEADERS, grpcFrame, grpcStatusOf, rawPost } from './support/raw-http2.ts';
import { expectFailure, ownClient, sharedClient } from './support/rpc-client.ts';

const { check } = Authorization.method;
const PATH = '/envoy.service.auth.v3.Authorization/Check';
const SCOPES = 'posts:read posts:write comments:read';
const UNUSABLE = 'The access token is missing, unknown, expired or revoked';
const SEVERAL = 'The request must have exactly one `authorization` header';
/** The challenges for a request without a token, and for one with an invalid token. */
const NO_TOKEN = 'Bearer scope="posts:read"';
const INVALID_TOKEN = 'Bearer error="invalid_token", scope="posts:read"';

const bed = testBed();
const removing = testBed({ authz: { authzRemovesToken: true } });
let app: RegisteredApp;
let pair: Pair;

beforeAll(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

describe.each([
  ['the standard port', 'introspectionGrpc'],
  ['the fast port', 'introspectionFastPort'],
] as const)('%s', (_name, port) => {
  const client = sharedClient(() => grpcJsClient(bed.system[port][0] as string));

  const authorize = async (request: ReturnType<typeof checkRequest>) =>
    (await client.call(check, request, { bearer: bed.system.tokens.gateway })).message;
  const checkToken = (authorization: string | undefined, scope: string | undefined = 'posts:read', others = {}) =>
    authorize(checkRequest({ ...others, ...(authorization !== undefined && { authorization }) }, scope));

  /** Checks every field of a denied response that Envoy reads. */
  async function expectDenied(
    call: ReturnType<typeof authorize>,
    [status, code]: readonly [number, number],
    message: string,
    challenge?: string,
  ): Promise<void> {
    const response = await call;
    const { status: httpStatus, headers, body } = deniedOf(response);
    expect(response.status).toMatchObject({ code, message });
    expect(response.dynamicMetadata).toBeUndefined();
    expect(httpStatus?.code).toBe(status);
    expect(body).toBe(JSON.stringify({ message, status, success: false }));
    expect(new Set(headers.map(({ appendAction }) => appendAction))).toEqual(
      new Set([AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]),
    );
    expect(Object.fromEntries(headers.map(({ header }) => [header?.key, header?.value]))).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
    });
  }
  const UNAUTHORIZED = [401, Code.Unauthenticated] as const;
  const FORBIDDEN = [403, Code.PermissionDenied] as const;
  const BAD_REQUEST = [400, Code.InvalidArgument] as const;

  test('an allowed request gets the identity headers, and the same as metadata', async () => {
    const installId = await bed.world.installId(app);
    const response = await checkToken(`Bearer ${pair.access_token}`, 'comments:read posts:write');
    const identity = {
      'x-oauth-organization-id': '2',
      'x-oauth-organization': 'globex',
      'x-oauth-client-id': app.clientId,
      'x-oauth-install-id': installId,
      'x-oauth-actor': 'app',
      'x-oauth-user-id': expect.stringMatching(/^[1-9][0-9]*$/),
      'x-oauth-scopes': SCOPES,
    };
    expect(response.status).toMatchObject({ code: 0, message: '' });
    const { headers, headersToRemove } = okOf(response);
    expect(headersToRemove).toEqual([]);
    expect(Object.fromEntries(headers.map(({ header }) => [header?.key, header?.value]))).toEqual(identity);
    expect(headers).toHaveLength(7);
    for (const { appendAction } of headers) expect(appendAction).toBe(AppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
    expect(response.dynamicMetadata).toEqual({
      organization_id: '2',
      organization: 'globex',
      client_id: app.clientId,
      install_id: installId,
      actor: 'app',
      user_id: headers.find(({ header }) => header?.key === 'x-oauth-user-id')?.header?.value,
      scopes: SCOPES.split(' '),
    });
  });

  test('with the actor `self`, x-oauth-user-id is the user who installed the app', async () => {
    const { access_token: token } = await bed.world.install(await bed.world.registerApp(), { actor: 'self' });
    const upstream = upstreamHeaders({}, okOf(await checkToken(`Bearer ${token}`)));
    expect(upstream).toMatchObject({ 'x-oauth-actor': 'self', 'x-oauth-user-id': '2' });
  });

  test('replaces identity headers of the client and ignores x-forwarded-*', async () => {
    const sent = {
      'x-oauth-organization-id': '1',
      'x-oauth-organization': 'acme',
      'x-oauth-client-id': 'foapp_other',
      'x-oauth-install-id': 'other',
      'x-oauth-actor': 'self',
      'x-oauth-user-id': '1',
      'x-oauth-scopes': 'customers:read',
      'x-oauth-scope': 'posts:read',
      'x-forwarded-uri': '/api/v3/customers?scope=posts:read',
    };
    const [honest, spoofed] = await Promise.all(
      [{}, sent].map(async (headers) => okOf(await checkToken(`Bearer ${pair.access_token}`, 'posts:read', headers))),
    );
    const identity = upstreamHeaders({}, honest as NonNullable<typeof honest>);
    expect(Object.keys(identity)).toHaveLength(7);
    expect(identity).toMatchObject({ 'x-oauth-organization': 'globex', 'x-oauth-scopes': SCOPES });
    const upstream = upstreamHeaders({ ...sent, authorization: 'kept' }, spoofed as NonNullable<typeof spoofed>);
    expect(upstream).toMatchObject({ ...identity, authorization: 'kept' });
    await expectDenied(
      checkToken(`Bearer ${pair.access_token}`, '', sent),
      FORBIDDEN,
      'No OAuth scope is configured for this route',
    );
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('the scheme may be written %s', async (scheme) => {
    okOf(await checkToken(`${scheme} ${pair.access_token}`));
  });

  test('no token, or not a bearer token: 401 without an error code', async () => {
    for (const authorization of [undefined, '', 'Bearer', 'Basic YTpi', pair.access_token, 'Digest a="b", c=d']) {
      await expectDenied(checkToken(authorization), UNAUTHORIZED, UNUSABLE, NO_TOKEN);
    }
  });

  test('unknown and malformed tokens: 401 as in the v3 API', async () => {
    const unknown = new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();
    const malformed = ['x', pair.refresh_token, `${pair.access_token}x`, 'x'.repeat(16_384), 'a b', 'a,b'];
    for (const token of [unknown, ...malformed]) {
      await expectDenied(checkToken(`Bearer ${token}`), UNAUTHORIZED, UNUSABLE, INVALID_TOKEN);
    }
  });

  test('the next request after a disconnect is denied', async () => {
    const otherApp = await bed.world.registerApp();
    const { access_token: token } = await bed.world.install(otherApp);
    for (let round = 0; round < 3; round++) okOf(await checkToken(`Bearer ${token}`));
    expectStatus(204, await bed.world.disconnect(await bed.world.installId(otherApp)));
    await expectDenied(checkToken(`Bearer ${token}`), UNAUTHORIZED, UNUSABLE, INVALID_TOKEN);
  });

  test('a scope that was not granted: 403 with its name, and all scopes of the route in the challenge', async () => {
    await expectDenied(
      checkToken(`Bearer ${pair.access_token}`, 'customers:read'),
      FORBIDDEN,
      'Missing required OAuth scope: customers:read',
      'Bearer error="insufficient_scope", scope="customers:read"',
    );
    await expectDenied(
      checkToken(`Bearer ${pair.access_token}`, 'posts:read customers:read votes:write'),
      FORBIDDEN,
      'Missing required OAuth scope: customers:read votes:write',
      'Bearer error="insufficient_scope", scope="posts:read customers:read votes:write"',
    );
  });

  test('a route without a scope, or with an unknown one, denies every request', async () => {
    for (const authorization of [`Bearer ${pair.access_token}`, 'Bearer x', undefined]) {
      for (const request of [checkRequest({}, undefined), checkRequest({}, ''), checkRequest({}, '  ')]) {
        const headers = request.attributes?.request?.http?.headers as Record<string, string>;
        if (authorization !== undefined) headers.authorization = authorization;
        await expectDenied(authorize(request), FORBIDDEN, 'No OAuth scope is configured for this route');
      }
      const unknown = checkToken(authorization, 'posts:read post:read"\r\nx: y');
      await expectDenied(unknown, FORBIDDEN, 'The OAuth scope that is configured for this route does not exist');
    }
    await expectDenied(authorize({}), FORBIDDEN, 'No OAuth scope is configured for this route');
  });

  test('rejects several authorization headers, raw or joined', async () => {
    const good = `Bearer ${pair.access_token}`;
    const challenge = 'Bearer error="invalid_request"';
    for (const other of [good, 'Bearer x', 'Basic eA==']) {
      await expectDenied(checkToken(`${good}, ${other}`), BAD_REQUEST, SEVERAL, challenge);
      await expectDenied(checkToken(`${other},${good}`), BAD_REQUEST, SEVERAL, challenge);
    }
    const twice = [['authorization', good] as const, ['authorization', good] as const];
    await expectDenied(authorize(rawCheckRequest(twice, 'posts:read')), BAD_REQUEST, SEVERAL, challenge);
    const both = rawCheckRequest([['authorization', good]], 'posts:read');
    const { http } = both.attributes?.request ?? {};
    Object.assign(http as object, { headers: { authorization: good } });
    await expectDenied(authorize(both), BAD_REQUEST, SEVERAL, challenge);
  });

  test('reads raw headers, with any bytes in other headers', async () => {
    const headers = [['x-name', '\xff\xfe'] as const, ['authorization', `Bearer ${pair.access_token}`] as const];
    okOf(await authorize(rawCheckRequest(headers, 'posts:read')));
    const broken = rawCheckRequest([['authorization', `Bearer ${pair.access_token}\xff`]], 'posts:read');
    await expectDenied(authorize(broken), UNAUTHORIZED, UNUSABLE, INVALID_TOKEN);
  });

  test('accepts 16 KiB of headers', async () => {
    const others = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`x-${index}`, 'v'.repeat(1_024)]));
    okOf(await checkToken(`Bearer ${pair.access_token}`, 'posts:read', others));
    await expectDenied(checkToken('Bearer x', 'posts:read', others), UNAUTHORIZED, UNUSABLE, INVALID_TOKEN);
  });

  test('an outage is UNAVAILABLE, never a denial, except for a malformed token', async () => {
    const { access_token: token } = await bed.world.install(await bed.world.registerApp());
    await whileDatabaseIsGone(bed.system.databaseUrl, async () => {
      await expectFailure(checkToken(`Bearer ${token}`), ErrorReason.DEPENDENCY_UNAVAILABLE);
      await expectDenied(checkToken('Bearer malformed'), UNAUTHORIZED, UNUSABLE, INVALID_TOKEN);
    });
  });

  test('a message that cannot be decoded is INVALID_ARGUMENT', async () => {
    const headers = { ...GRPC_HEADERS, authorization: `Bearer ${bed.system.tokens.gateway}` };
    const request = create(CheckRequestSchema, checkRequest({ authorization: 'Bearer x' }, 's'));
    const whole = toBinary(CheckRequestSchema, request);
    for (const bytes of [Buffer.of(0x0a, 0x05, 0x22), Buffer.of(0x0c), Buffer.of(0xff), whole.subarray(0, -1)]) {
      const response = await rawPost(bed.system[port][0] as string, PATH, headers, grpcFrame(bytes));
      expect(grpcStatusOf(response)).toBe(Code.InvalidArgument);
    }
  });

  test('removes the client’s token if that is configured', async () => {
    const { access_token: token } = await removing.world.install(await removing.world.registerApp());
    const configured = ownClient(grpcJsClient(removing.system[port][0] as string));
    const request = checkRequest({ authorization: `Bearer ${token}` }, 'posts:read');
    const { message } = await configured.call(check, request, { bearer: removing.system.tokens.gateway });
    expect(okOf(message).headersToRemove).toEqual(['authorization']);
    expect(upstreamHeaders({ authorization: `Bearer ${token}` }, okOf(message))).not.toHaveProperty('authorization');
  });
});
