import type { DescMethodUnary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';
import { connectNodeGrpcClient } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { failureOf, ownClient, type RpcClient } from './support/rpc-client.ts';

const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const bed = testBed();

describe('on HTTP', () => {
  const get = (path: string, headers: Record<string, string> = {}) => bed.world.http('GET', path, { headers });

  test('every response has its own request ID, errors too', async () => {
    const responses = await Promise.all([
      get('/livez'),
      get('/.well-known/oauth-authorization-server'),
      get('/nowhere'),
      get('/oauth/apps'),
      bed.world.http('POST', '/oauth/token', { body: '{', headers: { 'content-type': 'application/json' } }),
      bed.world.http('POST', '/oauth/token', { body: new URLSearchParams('a=1&a=2') }),
      bed.world.http('POST', '/oauth/revoke', { body: 'x', headers: { 'content-type': 'text/plain' } }),
      bed.world.http('POST', '/featureos.oauth.v1.AppService/ListApps', { body: {} }),
      bed.world.as(TARGET_ADMIN, 'GET', '/oauth/installs', undefined, 'globex'),
    ]);
    const ids = responses.map(({ headers }) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(REQUEST_ID);
    expect(new Set(ids).size).toBe(responses.length);
  });

  test("keeps a caller's id only if it is safe in logs", async () => {
    for (const given of ['abc-123', 'A.b_c', 'x'.repeat(64)]) {
      expect((await get('/livez', { 'x-request-id': given })).headers.get('x-request-id')).toBe(given);
    }
    for (const given of ['x'.repeat(65), 'a b', 'a;b', '<script>', '{}', '']) {
      expect((await get('/livez', { 'x-request-id': given })).headers.get('x-request-id')).toMatch(REQUEST_ID);
    }
  });
});

describe('on RPC', () => {
  test.each<[string, () => RpcClient]>([
    ['grpc-js', () => grpcJsClient(bed.system.authServerGrpc)],
    ['connect-node', () => connectNodeGrpcClient(bed.system.authServerGrpc)],
  ])('every response and every error of auth-server has a request ID (%s)', async (_name, build) => {
    const client = ownClient(build());
    const { putUser } = DirectoryService.method;
    const user = { id: 77n, name: 'Una' };
    const response = await client.call(putUser, { user }, { bearer: bed.system.tokens.platform });
    const invalid = await failureOf(client.call(putUser, {}, { bearer: bed.system.tokens.platform }));
    const anonymous = await failureOf(client.call(putUser, { user }));
    const ids = [response.headers, invalid.metadata, anonymous.metadata].map((headers) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(REQUEST_ID);
    expect(new Set(ids).size).toBe(3);
  });

  test('the audit log has the request ID that the caller received', async () => {
    const client = ownClient(grpcJsClient(bed.system.authServerGrpc));
    const { clientId } = await bed.world.registerApp();
    const bearer = bed.system.tokens.operator;
    const { suspendApp, listAuditEvents } = OperatorService.method;
    const { headers } = await client.call(suspendApp, { clientId, reason: 'a test' }, { bearer });
    const { message } = await client.call(listAuditEvents, { clientId, perPage: 1 }, { bearer });
    expect(message.events).toMatchObject([{ action: 'app.suspended', requestId: headers.get('x-request-id') }]);
  });

  test.each<[string, () => string, DescMethodUnary]>([
    ['introspection', () => bed.system.introspectionGrpc[0] as string, IntrospectionService.method.introspect],
    ['the fast port', () => bed.system.introspectionFastPort[0] as string, IntrospectionService.method.introspect],
    ['the internal port', () => bed.system.authServerInternal, TokenStateService.methods[0] as DescMethodUnary],
  ])('an error of %s has a request ID', async (_name, address, method) => {
    const { metadata } = await failureOf(ownClient(grpcJsClient(address())).call(method, {}));
    expect(metadata.get('x-request-id')).toMatch(REQUEST_ID);
  });
});
