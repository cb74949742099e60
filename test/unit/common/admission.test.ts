/** The same admission precedes every handler, on each transport. */
import { createServer } from 'node:http';
import { create, type DescMethodUnary, type DescService } from '@bufbuild/protobuf';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Caller } from '../../../gen/featureos/oauth/v1/access_pb.ts';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { ConnectServices, contextValuesFor } from '../../../services/auth-server/http/connect/connect-services.ts';
import type { CallerIdentity } from '../../../services/common/callers/caller.ts';
import { CallerCertificates } from '../../../services/common/callers/caller-certificates.ts';
import { CallerRules } from '../../../services/common/callers/rules.ts';
import { Admission, CachedAdmission, identifyService } from '../../../services/common/rpc/admission.ts';
import { GrpcJsPort } from '../../../services/common/rpc/grpc-js-port.ts';
import { UnaryH2Port } from '../../../services/common/rpc/unary-h2-port.ts';
import type {
  CallContext,
  ServiceDependencies,
  UnaryHandlers,
  UnaryServices,
} from '../../../services/common/rpc/unary-handlers.ts';
import { connectNodeClientOverHttp1 } from '../../wire/support/connect-node-client.ts';
import { grpcJsClient } from '../../wire/support/grpc-js-client.ts';
import { expectFailure, ownClient, type RpcClient } from '../../wire/support/rpc-client.ts';
import { recordingLog } from './recording-log.ts';
import { serviceDependencies } from './service-dependencies.ts';
import { serviceWithRule } from './service-with-rule.ts';

const CALLERS: Record<string, CallerIdentity> = {
  user: { kind: 'user', userId: 7 },
  gateway: { kind: 'gateway', name: 'gateway' },
  platform: { kind: 'platform', name: 'platform' },
  operator: { kind: 'operator', name: 'ann' },
  introspection: { kind: 'introspection', name: 'introspection' },
};
const authenticator = { authenticate: async (credential: string) => CALLERS[credential] };
const rules = new CallerRules({ openReflection: false });

type Add = (services: UnaryServices) => void;
type Start = (dependencies: ServiceDependencies, add: Add) => Promise<RpcClient>;

const overGrpc =
  (build: (dependencies: ServiceDependencies) => GrpcJsPort | UnaryH2Port): Start =>
  async (dependencies, add) => {
    const port = build(dependencies);
    add(port.services);
    const number = await port.listen('127.0.0.1', 0);
    onTestFinished(() => port.close());
    return ownClient(grpcJsClient(`127.0.0.1:${number}`));
  };
const LIMITS = { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 };
const grpcJs = overGrpc((dependencies) => new GrpcJsPort(dependencies, LIMITS));
const unaryH2 = overGrpc((dependencies) => new UnaryH2Port('fast', dependencies));

const connect: Start = async (dependencies, add) => {
  const adapter = connectNodeAdapter({
    routes: (router) => add(new ConnectServices(router, dependencies, () => true)),
    contextValues: () => contextValuesFor({ requestId: 'request-1', ipAddress: '127.0.0.1' }),
  });
  const server = createServer(adapter);
  const port = await listenOnLoopback(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return ownClient(connectNodeClientOverHttp1('connect', `http://127.0.0.1:${port}`));
};

describe.each<[string, Start]>([
  ['grpc-js', grpcJs],
  ['unary-h2', unaryH2],
  ['Connect', connect],
])('over %s', (_name, start) => {
  /** Serves a method with this rule. Returns a function that calls it, the contexts of the calls, and the log lines. */
  async function serve(rule: Caller[] | undefined, handle: () => Promise<void> = async () => {}) {
    const service = serviceWithRule(rule);
    const [method] = service.methods as DescMethodUnary[] as [DescMethodUnary];
    const contexts: CallContext[] = [];
    const { lines: logged, log } = recordingLog();
    const handlers = {
      async do(_request: unknown, context: CallContext) {
        contexts.push(context);
        await handle();
        return create(method.output);
      },
    } as UnaryHandlers<DescService>;
    const dependencies = serviceDependencies(identifyService(authenticator), log);
    const client = await start(dependencies, (services) => services.add(service, handlers));
    return { contexts, logged, call: (bearer?: string) => client.call(method, {}, { bearer }) };
  }

  test.each([
    ['no rule', undefined],
    ['an empty rule', []],
    ['CALLER_UNSPECIFIED as the rule', [Caller.UNSPECIFIED]],
  ])('a method with %s rejects everyone at every call', async (_what, rule) => {
    const { call, contexts } = await serve(rule);
    for (const kind of [...Object.keys(CALLERS), ...Object.keys(CALLERS)]) {
      await expectFailure(call(kind), ErrorReason.CALLER_NOT_ALLOWED);
    }
    await expectFailure(call(), ErrorReason.CALLER_UNAUTHENTICATED);
    await expectFailure(call('nobody'), ErrorReason.CALLER_UNAUTHENTICATED);
    expect(contexts).toEqual([]);
  });

  test('a handler gets the caller of each call', async () => {
    const { call, contexts } = await serve([Caller.GATEWAY, Caller.USER]);
    for (const kind of ['gateway', 'user', 'gateway', 'user']) await call(kind);
    const seen = [CALLERS.gateway, CALLERS.user];
    expect(contexts.map(({ caller }) => caller)).toEqual([...seen, ...seen]);
  });

  test('an unexpected error has a fixed message, and is logged with the request id of the response', async () => {
    const { call, logged } = await serve([Caller.GATEWAY], async () => {
      throw new Error('password=canary');
    });
    const failure = await expectFailure(call('gateway'), ErrorReason.UNSPECIFIED);
    expect(failure.message).not.toContain('canary');
    await expect.poll(() => logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({
      msg: 'unexpected error',
      requestId: failure.metadata.get('x-request-id'),
      caller: 'service:gateway',
      status: 'INTERNAL',
      err: { message: 'password=canary' },
    });
  });
});

describe('CachedAdmission', () => {
  /** A cached admission to a method for gateways and users, and the number of authentications. */
  function counting() {
    let identified = 0;
    const identify = identifyService(authenticator);
    const admission = new Admission((credentials) => {
      identified++;
      return identify(credentials);
    }, rules);
    const [method] = serviceWithRule([Caller.GATEWAY, Caller.USER]).methods as DescMethodUnary[] as [DescMethodUnary];
    return { cache: new CachedAdmission(admission, method), identified: () => identified };
  }

  test('a service is cached once it has been admitted', async () => {
    const { cache } = counting();
    expect(cache.cached('Bearer gateway')).toBeUndefined();
    expect(await cache.admit('Bearer gateway')).toEqual(CALLERS.gateway);
    expect(cache.cached('Bearer gateway')).toEqual(CALLERS.gateway);
    expect(cache.cached(undefined)).toBeUndefined();
  });

  test('a user is not cached, because a session expires', async () => {
    const { cache, identified } = counting();
    for (const _call of [1, 2]) expect(await cache.admit('Bearer user')).toEqual(CALLERS.user);
    expect([cache.cached('Bearer user'), identified()]).toEqual([undefined, 2]);
  });

  test('a rejected caller is not cached', async () => {
    const { cache } = counting();
    for (const value of ['Bearer operator', 'Bearer nobody', 'Basic gateway', '']) {
      await expect(cache.admit(value)).rejects.toThrow();
      expect(cache.cached(value)).toBeUndefined();
    }
  });

  test('a caller whom the certificate identifies is never cached under an `authorization` value', async () => {
    const certificates = new CallerCertificates(['gateway=CN=gateway']);
    // Ignores the header, which no identification should do.
    const admission = new Admission(async ({ certificate }) => certificates.callerOf(certificate), rules);
    const [method] = serviceWithRule([Caller.GATEWAY]).methods as DescMethodUnary[] as [DescMethodUnary];
    const cache = new CachedAdmission(admission, method);
    for (const value of ['', 'Bearer nobody']) {
      await expect(cache.admit(value, 'CN=gateway')).rejects.toThrow();
      for (const certificate of [undefined, 'CN=gateway', 'CN=other']) {
        expect(cache.cached(value, certificate)).toBeUndefined();
      }
    }
    expect(await cache.admit(undefined, 'CN=gateway')).toMatchObject({ kind: 'gateway' });
    expect(cache.cached(undefined, 'CN=gateway')).toMatchObject({ kind: 'gateway' });
    expect([cache.cached('', 'CN=gateway'), cache.cached(undefined, 'CN=other')]).toEqual([undefined, undefined]);
  });

  test('the size of the cache is limited', async () => {
    const { cache } = counting();
    // The same credential, with another number of spaces.
    const value = (index: number) => `Bearer ${' '.repeat(index)}gateway`;
    for (let index = 0; index < 300; index++) await cache.admit(value(index));
    const hits = Array.from({ length: 300 }, (_each, index) => cache.cached(value(index)) !== undefined);
    expect(hits.filter(Boolean)).toHaveLength(256);
  });
});
