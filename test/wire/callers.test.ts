/** Which callers may call each method, on every port with RPCs. The table of rules is test/unit/common/caller-rules.test.ts. */
import { type DescMethod, type DescMethodUnary, type DescService, fromBinary, getOption } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { Metadata } from '@grpc/grpc-js';
import { beforeAll, describe, expect, test } from 'vitest';
import { Authorization } from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { Caller, callers } from '../../gen/featureos/oauth/v1/access_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { SessionService } from '../../gen/featureos/oauth/v1/session_service_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { errorDetailOf } from '../../packages/introspection-client/replicated-client/error-detail.ts';
import { grpcPath } from '../../services/common/rpc/grpc-js-definition.ts';
import { AuthServerClient } from '../../services/introspection/read-path/auth-server.ts';
import { sendHttp } from '../support/send-http.ts';
import { testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';
import { connectNodeClientOverHttp1 } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { GRPC_HEADERS, grpcFrame, grpcStatusOf, rawPost } from './support/raw-http2.ts';
import {
  expectFailure,
  failureOf,
  ownClient,
  type RpcClient,
  type RpcFailure,
  sharedClient,
} from './support/rpc-client.ts';
import { AUTH_SERVER_SERVICES, INTROSPECTION_SERVICES } from './support/services.ts';

const bed = testBed();
let accessToken: string;
let clientSecret: string;
beforeAll(async () => {
  const app = await bed.world.registerApp();
  ({ clientSecret } = app);
  accessToken = (await bed.world.install(app)).access_token;
});

/** A valid credential of each kind of caller. */
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
const OF_AUTH_SERVER = unaryMethods(AUTH_SERVER_SERVICES);
const OF_INTROSPECTION = unaryMethods(INTROSPECTION_SERVICES);
/** Envoy's contract does not have our option. */
const callersOf = (method: DescMethod) =>
  method.parent === Authorization ? [Caller.GATEWAY] : getOption(method, callers);
/** Served on the HTTP port. */
const FOR_USERS = OF_AUTH_SERVER.filter((method) => callersOf(method).includes(Caller.USER));

const standardPort = () => bed.system.introspectionGrpc[0] as string;
const fastPort = () => bed.system.introspectionFastPort[0] as string;

describe.each<[string, () => RpcClient, readonly DescMethodUnary[]]>([
  ['the gRPC port', () => grpcJsClient(bed.system.authServerGrpc), OF_AUTH_SERVER],
  ['the internal port', () => grpcJsClient(bed.system.authServerInternal), unaryMethods([TokenStateService])],
  ['introspection', () => grpcJsClient(standardPort()), OF_INTROSPECTION],
  ['the fast port', () => grpcJsClient(fastPort()), OF_INTROSPECTION],
  ['Connect over HTTP/1.1', () => connectNodeClientOverHttp1('connect', bed.system.issuer), FOR_USERS],
  ['gRPC-Web over HTTP/1.1', () => connectNodeClientOverHttp1('grpc-web', bed.system.issuer), FOR_USERS],
])('%s', (_name, build, methods) => {
  const client = sharedClient(build);

  test('without a credential every method is UNAUTHENTICATED', async () => {
    for (const method of methods) {
      await expectFailure(client.call(method, {}), ErrorReason.CALLER_UNAUTHENTICATED);
    }
  });

  test('with an unknown, non-bearer or empty credential every method is UNAUTHENTICATED', async () => {
    const basic = `Basic ${Buffer.from(`gateway:${bed.system.tokens.gateway}`).toString('base64')}`;
    const ofApp = [accessToken, clientSecret].map((credential) => `Bearer ${credential}`);
    for (const method of methods) {
      for (const authorization of ['', 'Bearer unknown', 'Bearer a.b.c', 'Bearer', basic, ...ofApp]) {
        const call = client.call(method, {}, { headers: { authorization } });
        await expectFailure(call, ErrorReason.CALLER_UNAUTHENTICATED);
      }
    }
  });

  test('callers of kinds that the method does not list are PERMISSION_DENIED, listed ones are not', async () => {
    // Introspection does not verify sessions: to it, a session JWT is an unknown credential.
    const knowsSessions = methods !== OF_INTROSPECTION;
    const known = (await credentials()).filter(([kind]) => knowsSessions || kind !== Caller.USER);
    // Twice, because accepted credentials are cached.
    for (const method of [...methods, ...methods]) {
      for (const [kind, bearer] of known) {
        const call = client.call(method, {}, { bearer });
        if (callersOf(method).includes(kind)) {
          const error = await call.then(() => undefined).catch((thrown: unknown) => thrown);
          expect([Code.Unauthenticated, Code.PermissionDenied]).not.toContain((error as RpcFailure | undefined)?.code);
        } else {
          await expectFailure(call, ErrorReason.CALLER_NOT_ALLOWED);
        }
      }
    }
  });
});

/** Each port with one of its services, and a kind of caller that may call this service. */
const PORTS: [string, () => string, DescService, keyof typeof bed.system.tokens][] = [
  ['the gRPC port', () => bed.system.authServerGrpc, WebhookService, 'platform'],
  ['the internal port', () => bed.system.authServerInternal, TokenStateService, 'introspection'],
  ['introspection', standardPort, IntrospectionService, 'gateway'],
  ['the fast port', fastPort, IntrospectionService, 'gateway'],
];

test.each(PORTS)('rejects two authorization headers on %s', async (_name, address, service, kind) => {
  const [method] = unaryMethods([service]) as [DescMethodUnary];
  const values = [`Bearer ${bed.system.tokens[kind]}`, 'Bearer other'];
  for (const authorization of [values, values.toReversed()]) {
    const headers = { ...GRPC_HEADERS, authorization };
    const response = await rawPost(address(), grpcPath(method), headers, grpcFrame(Buffer.alloc(0)));
    const metadata = Metadata.fromHttp2Headers({ ...response.headers, ...response.trailers });
    expect(grpcStatusOf(response)).toBe(Code.Unauthenticated);
    expect(errorDetailOf({ metadata })?.reason).toBe(ErrorReason.CALLER_UNAUTHENTICATED);
  }
});

test('rejects two authorization headers on the HTTP port', async () => {
  const values = [`Bearer ${await bed.system.platform.sign(TARGET_ADMIN)}`, 'Bearer other'];
  for (const authorization of [values, values.toReversed()]) {
    const headers: Record<string, string | string[]> = { authorization, 'content-type': 'application/json' };
    const path = grpcPath(SessionService.method.getSession);
    const { body } = await sendHttp(Number(new URL(bed.system.issuer).port), path, { method: 'POST', headers }, '{}');
    const { code, details } = JSON.parse(body);
    expect(code).toBe('unauthenticated');
    const detail = fromBinary(ErrorDetailSchema, Buffer.from(details[0].value, 'base64'));
    expect(detail.reason).toBe(ErrorReason.CALLER_UNAUTHENTICATED);
  }
});

test.each(PORTS)('an unknown method is UNIMPLEMENTED on %s', async (_name, address, service, kind) => {
  const client = ownClient(grpcJsClient(address()));
  const [known] = unaryMethods([service]) as [DescMethodUnary];
  const missing: DescMethodUnary = { ...known, name: 'DoNothing' };
  const { code } = await failureOf(client.call(missing, {}, { bearer: bed.system.tokens[kind] }));
  expect(code).toBe(Code.Unimplemented);
});

test('a look-up with a service token that auth-server does not accept fails with an error that says so', async () => {
  for (const serviceToken of ['unknown', bed.system.tokens.gateway]) {
    const addresses = [bed.system.authServerInternal];
    const client = new AuthServerClient({ addresses, serviceToken, timeoutMs: 10_000 });
    const states = client.getTokenStates([Buffer.alloc(32)], 'main');
    await expect(states).rejects.toThrow('auth-server does not accept the service token or certificate');
    client.close();
  }
});
