/** The HTTP port serves only methods for users. In each protocol, others are UNIMPLEMENTED, bad messages INVALID_ARGUMENT. */
import { gzipSync } from 'node:zlib';
import type { DescMethodUnary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN } from '../support/world.ts';
import { connectNodeClientOverHttp1 } from './support/connect-node-client.ts';
import { grpcFrame } from './support/raw-http2.ts';
import { expectFailure, failureOf, type RpcClient } from './support/rpc-client.ts';

const bed = testBed();

const PROTOCOLS: [string, () => RpcClient][] = [
  ['gRPC-Web', () => connectNodeClientOverHttp1('grpc-web', bed.system.issuer)],
  ['gRPC-Web with JSON', () => connectNodeClientOverHttp1('grpc-web', bed.system.issuer, { useBinaryFormat: false })],
  ['Connect', () => connectNodeClientOverHttp1('connect', bed.system.issuer)],
  ['Connect with JSON', () => connectNodeClientOverHttp1('connect', bed.system.issuer, { useBinaryFormat: false })],
  ['Connect with GET', () => connectNodeClientOverHttp1('connect', bed.system.issuer, { useHttpGet: true })],
];

describe.each(PROTOCOLS)('%s', (_name, build) => {
  test('a method that is not for users is UNIMPLEMENTED, even for callers that it permits', async () => {
    const client = build();
    const { method: webhook } = WebhookService;
    for (const method of [webhook.publishEvent, DirectoryService.method.getActor, OperatorService.method.findApp]) {
      for (const bearer of [bed.system.tokens.platform, bed.system.tokens.operator]) {
        expect((await failureOf(client.call(method, {}, { bearer }))).code).toBe(Code.Unimplemented);
      }
    }
  });

  test('an unknown method or service is UNIMPLEMENTED', async () => {
    const client = build();
    const { listApps } = AppService.method;
    const missing: DescMethodUnary[] = [
      { ...listApps, name: 'DoNothing' },
      { ...listApps, parent: { ...AppService, typeName: 'featureos.oauth.v1.NoService' } },
      TokenStateService.method.getTokenStates,
      Health.method.check,
    ];
    for (const method of missing) {
      expect((await failureOf(client.call(method, {}))).code).toBe(Code.Unimplemented);
    }
  });

  test('serves methods for users', async () => {
    const user = { bearer: await bed.system.platform.sign(OWNER_ADMIN), headers: { 'x-organization': 'acme' } };
    const { message } = await build().call(AppService.method.listApps, {}, user);
    expect(message.apps).toEqual([]);
    const asPlatform = build().call(AppService.method.listApps, {}, { bearer: bed.system.tokens.platform });
    await expectFailure(asPlatform, ErrorReason.CALLER_NOT_ALLOWED);
  });
});

/** Field 1 with a length of three bytes, followed by only one. */
const TRUNCATED = Uint8Array.of(0x0a, 3, 0x41);
const LIST_APPS = '/featureos.oauth.v1.AppService/ListApps';

async function post(
  path: string,
  contentType: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
) {
  const authorization = `Bearer ${await bed.system.platform.sign(OWNER_ADMIN)}`;
  const response = await fetch(bed.system.issuer + path, {
    method: 'POST',
    headers: { 'content-type': contentType, authorization, 'x-organization': 'acme', ...headers },
    body,
  });
  const { headers: received, status } = response;
  expect(received.get('x-request-id')).toMatch(/^[\w-]+$/);
  return { status, headers: received, text: await response.text() };
}

test('in Connect, a message that cannot be decoded is INVALID_ARGUMENT, compressed or not, and as GET', async () => {
  const responses = [
    await post(LIST_APPS, 'application/proto', TRUNCATED),
    await post(LIST_APPS, 'application/proto', gzipSync(TRUNCATED), { 'content-encoding': 'gzip' }),
    await post(LIST_APPS, 'application/proto', TRUNCATED, { 'content-encoding': 'gzip' }),
    await post(LIST_APPS, 'application/json', '{"page":'),
    await post(LIST_APPS, 'application/json', '{"page":"first"}'),
  ];
  const query = `connect=v1&encoding=proto&base64=1&message=${Buffer.from(TRUNCATED).toString('base64url')}`;
  const got = await fetch(`${bed.system.issuer}${LIST_APPS}?${query}`);
  responses.push({ status: got.status, headers: got.headers, text: await got.text() });
  for (const { status, text } of responses) expect([status, JSON.parse(text).code]).toEqual([400, 'invalid_argument']);
});

test('in gRPC-Web, a message that cannot be decoded is INVALID_ARGUMENT', async () => {
  for (const type of ['application/grpc-web+proto', 'application/grpc-web']) {
    const { status, headers, text } = await post(LIST_APPS, type, grpcFrame(TRUNCATED));
    expect([status, headers.get('grpc-status'), text]).toEqual([200, String(Code.InvalidArgument), '']);
  }
});

test('an unknown service is UNIMPLEMENTED in gRPC and gRPC-Web, and 404 in Connect, even if the message is invalid', async () => {
  for (const type of ['application/grpc', 'application/grpc-web+proto', 'application/grpc-web+json']) {
    const { status, headers } = await post('/featureos.oauth.v1.NoService/List', type, 'x');
    expect([status, headers.get('grpc-status')]).toEqual([200, String(Code.Unimplemented)]);
  }
  expect((await post('/featureos.oauth.v1.NoService/List', 'application/proto', 'x')).status).toBe(404);
});
