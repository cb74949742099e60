/** Who gets past the door of each method, on the wire. The table of who may is test/unit/common/caller-rules.test.ts. */
import { type DescMethod, type DescMethodUnary, type DescService, getOption } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { Caller, callers } from '../../gen/featureos/oauth/v1/access_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';
import { connectNodeClientOverHttp1 } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { expectFailure, failureOf, type RpcClient, type RpcFailure } from './support/rpc-client.ts';

const ALL: readonly DescService[] = [
  AppService,
  ConsentService,
  InstallService,
  WebhookService,
  DirectoryService,
  OperatorService,
];

const bed = testBed();

/** A good credential of each kind of caller. */
async function credentials(): Promise<[Caller, string][]> {
  const { tokens, platform } = bed.system;
  return [
    [Caller.USER, await platform.sign(TARGET_ADMIN)],
    [Caller.GATEWAY, tokens.gateway],
    [Caller.PLATFORM, tokens.platform],
    [Caller.OPERATOR, tokens.operator],
    [Caller.INTROSPECTION, tokens.introspection],
  ];
}

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary';
const unaryMethods = (services: readonly DescService[]) => services.flatMap(({ methods }) => methods.filter(isUnary));
/** What the HTTP port serves. */
const FOR_USERS = unaryMethods(ALL).filter((method) => getOption(method, callers).includes(Caller.USER));

describe.each<[string, () => RpcClient, readonly DescMethodUnary[]]>([
  ['the gRPC port', () => grpcJsClient(bed.system.authServerGrpc), unaryMethods(ALL)],
  ['the internal port', () => grpcJsClient(bed.system.authServerInternal), unaryMethods([TokenStateService])],
  [
    'introspection',
    () => grpcJsClient(bed.system.introspectionGrpc[0] as string),
    unaryMethods([IntrospectionService]),
  ],
  [
    'the fast port',
    () => grpcJsClient(bed.system.introspectionFastPort[0] as string),
    unaryMethods([IntrospectionService]),
  ],
  ['Connect over HTTP/1.1', () => connectNodeClientOverHttp1('connect', bed.system.issuer), FOR_USERS],
  ['gRPC-Web over HTTP/1.1', () => connectNodeClientOverHttp1('grpc-web', bed.system.issuer), FOR_USERS],
])('%s', (_name, build, methods) => {
  let client: RpcClient;
  beforeAll(() => {
    client = build();
  });
  afterAll(() => client.close());

  test('without a credential every method is UNAUTHENTICATED', async () => {
    for (const method of methods) {
      await expectFailure(client.call(method, {}), Code.Unauthenticated, ErrorReason.CALLER_UNAUTHENTICATED);
    }
  });

  test('with a credential that is not known, or not a bearer credential, every method is UNAUTHENTICATED', async () => {
    const basic = `Basic ${Buffer.from(`gateway:${bed.system.tokens.gateway}`).toString('base64')}`;
    for (const method of methods) {
      for (const authorization of ['Bearer unknown', 'Bearer a.b.c', 'Bearer', basic]) {
        const call = client.call(method, {}, { headers: { authorization } });
        await expectFailure(call, Code.Unauthenticated, ErrorReason.CALLER_UNAUTHENTICATED);
      }
    }
  });

  test('a caller of a kind that the method does not name is PERMISSION_DENIED, one that it names is let in', async () => {
    // Replicas of introspection know no sessions: to them a user's is an unknown credential.
    const knowsSessions = !methods.some(({ parent }) => parent === IntrospectionService);
    const known = (await credentials()).filter(([kind]) => knowsSessions || kind !== Caller.USER);
    for (const method of methods) {
      for (const [kind, bearer] of known) {
        const call = client.call(method, {}, { bearer });
        if (getOption(method, callers).includes(kind)) {
          const error = await call.then(() => undefined).catch((thrown: unknown) => thrown);
          expect([Code.Unauthenticated, Code.PermissionDenied]).not.toContain((error as RpcFailure | undefined)?.code);
        } else {
          await expectFailure(call, Code.PermissionDenied, ErrorReason.CALLER_NOT_ALLOWED);
        }
      }
    }
  });
});

type TokenKind = keyof typeof bed.system.tokens;
test.each<[string, () => string, DescService, TokenKind]>([
  ['the gRPC port', () => bed.system.authServerGrpc, WebhookService, 'platform'],
  ['the internal port', () => bed.system.authServerInternal, TokenStateService, 'introspection'],
  ['introspection', () => bed.system.introspectionGrpc[0] as string, IntrospectionService, 'gateway'],
])('of two authorization headers neither authenticates a caller on %s', async (_name, address, service, kind) => {
  const client = grpcJsClient(address());
  const [method] = unaryMethods([service]) as [DescMethodUnary];
  const options = { bearer: bed.system.tokens[kind], headers: { authorization: 'Bearer other' } };
  const { code } = await failureOf(client.call(method, {}, options));
  expect([Code.Unauthenticated, Code.Internal]).toContain(code);
  client.close();
});

test.each<[string, () => string, DescService, TokenKind]>([
  ['the gRPC port', () => bed.system.authServerGrpc, WebhookService, 'platform'],
  ['the internal port', () => bed.system.authServerInternal, TokenStateService, 'introspection'],
  ['introspection', () => bed.system.introspectionGrpc[0] as string, IntrospectionService, 'gateway'],
  ['the fast port', () => bed.system.introspectionFastPort[0] as string, IntrospectionService, 'gateway'],
])('a method that is in no contract is UNIMPLEMENTED on %s', async (_name, address, service, kind) => {
  const client = grpcJsClient(address());
  const [known] = unaryMethods([service]) as [DescMethodUnary];
  const missing: DescMethodUnary = { ...known, name: 'DoNothing' };
  const { code } = await failureOf(client.call(missing, {}, { bearer: bed.system.tokens[kind] }));
  expect(code).toBe(Code.Unimplemented);
  client.close();
});
