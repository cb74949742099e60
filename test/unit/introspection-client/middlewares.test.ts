/** The examples of the package, each in its framework. */
import { createServer } from 'node:http';
import { Code, type ConnectError, createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node';
import type { IntrospectionClient } from '@featureos/introspection-client';
import express from 'express';
import { fastify } from 'fastify';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import * as connectExample from '../../../packages/introspection-client/examples/connect.ts';
import * as expressExample from '../../../packages/introspection-client/examples/express.ts';
import * as fastifyExample from '../../../packages/introspection-client/examples/fastify.ts';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { active, inactive, ownReplica, type Replica } from '../gateway/support/replica.ts';
import { ownClient } from './own-client.ts';

let replica: Replica;
let introspection: IntrospectionClient;

beforeEach(async () => {
  replica = await ownReplica({
    reader: active(['posts:read']),
    writer: active(['posts:write']),
    revoked: inactive(InactiveReason.REVOKED),
  });
  // Longer than by default: a busy machine may need a second to connect.
  introspection = ownClient([replica.address], { timeoutMs: 5_000 });
});

async function startExpress(): Promise<string> {
  const app = express();
  app.set('env', 'test'); // does not log errors
  app.get('/', expressExample.requireScopes(introspection, 'posts:read'), (_request, response) => {
    response.json(response.locals.token.organization);
  });
  const server = createServer(app);
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${await listenOnLoopback(server)}`;
}

async function startFastify(): Promise<string> {
  const server = fastify({ forceCloseConnections: true });
  server.decorateRequest('token', null);
  server.get('/', { onRequest: fastifyExample.requireScopes(introspection, 'posts:read') }, async (request) => {
    return request.getDecorator<{ organization: object }>('token').organization;
  });
  onTestFinished(() => server.close());
  return server.listen({ host: '127.0.0.1', port: 0 });
}

describe.each([
  ['Express', startExpress],
  ['Fastify', startFastify],
])('%s', (_name, start) => {
  test('admits and rejects as the v3 API does', async () => {
    const url = await start();
    const get = async (authorization?: string) => {
      const response = await fetch(url, { headers: { ...(authorization && { authorization }), connection: 'close' } });
      const { status, headers } = response;
      return [status, headers.get('www-authenticate'), headers.get('retry-after'), await response.text()];
    };
    const some = expect.any(String);
    expect(await get('Bearer reader')).toEqual([200, null, null, JSON.stringify({ id: 2, subdomain: 'globex' })]);
    expect(await get()).toEqual([401, 'Bearer scope="posts:read"', null, some]);
    const invalid = 'Bearer error="invalid_token", scope="posts:read"';
    expect(await get('Bearer revoked')).toEqual([401, invalid, null, some]);
    const missing = 'Bearer error="insufficient_scope", scope="posts:read"';
    expect(await get('Bearer writer')).toEqual([403, missing, null, some]);
    expect(await get('Bearer reader, Bearer reader')).toEqual([400, 'Bearer error="invalid_request"', null, some]);
    await replica.kill();
    expect(await get('Bearer reader')).toEqual([503, null, '1', some]);
  });
});

test('Connect: admits and rejects as the v3 API does', async () => {
  const handler = connectNodeAdapter({
    interceptors: [connectExample.requireScopes(introspection, 'posts:read')],
    routes: (router) =>
      router.service(Health, {
        check: (_request, { values }) => {
          expect(values.get(connectExample.TOKEN)?.organization.subdomain).toBe('globex');
          return {};
        },
      }),
  });
  const server = createServer(handler);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseUrl = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  const client = createClient(Health, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
  const check = (headers: Record<string, string> = {}) =>
    client.check({}, { headers }).then(
      () => 'admitted',
      ({ code, metadata }: ConnectError) => [code, metadata.get('www-authenticate') ?? metadata.get('retry-after')],
    );
  expect(await check({ authorization: 'Bearer reader' })).toBe('admitted');
  expect(await check()).toEqual([Code.Unauthenticated, 'Bearer scope="posts:read"']);
  const missing = 'Bearer error="insufficient_scope", scope="posts:read"';
  expect(await check({ authorization: 'Bearer writer' })).toEqual([Code.PermissionDenied, missing]);
  await replica.kill();
  expect(await check({ authorization: 'Bearer reader' })).toEqual([Code.Unavailable, '1']);
});
