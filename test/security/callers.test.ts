/** Callers without a credential, or with one of another kind, are rejected over HTTP and gRPC. */
import { Code } from '@connectrpc/connect';
import { beforeAll, expect, test } from 'vitest';
import { Authorization } from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { expectError, expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
let pair: Pair;
beforeAll(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

type Kind = keyof typeof bed.system.tokens | 'user' | 'app';
const KINDS: readonly Kind[] = ['user', 'app', 'gateway', 'platform', 'operator', 'introspection'];

async function credentialOf(kind: Kind): Promise<string> {
  if (kind === 'user') return bed.system.platform.sign(OWNER_ADMIN);
  return kind === 'app' ? pair.access_token : bed.system.tokens[kind];
}

/** One call of each service, and the kinds of callers that it admits. */
const CALLS: Record<string, { admits: Kind[]; call: (credential?: string) => Promise<unknown> }> = {
  'Introspect of a replica': {
    admits: ['gateway'],
    call: (credential) => bed.system.replicaRpc(IntrospectionService, credential).introspect({ token: 'x' }),
  },
  'BatchIntrospect of a replica': {
    admits: ['gateway'],
    call: (credential) => bed.system.replicaRpc(IntrospectionService, credential).batchIntrospect({ tokens: ['x'] }),
  },
  'Check of a replica': {
    admits: ['gateway'],
    call: (credential) => bed.system.replicaRpc(Authorization, credential).check({}),
  },
  'SuspendApp of an operator': {
    admits: ['operator'],
    call: (credential) => bed.system.rpc(OperatorService, credential).suspendApp({ clientId: 'none', reason: 'r' }),
  },
  'ListAuditEvents of an operator': {
    admits: ['operator'],
    call: (credential) => bed.system.rpc(OperatorService, credential).listAuditEvents({}),
  },
  'DeleteUser of the host platform': {
    admits: ['platform'],
    call: (credential) => bed.system.rpc(DirectoryService, credential).deleteUser({ userId: 99_999n }),
  },
  'GetActor of the host platform and gateways': {
    admits: ['platform', 'gateway'],
    call: (credential) =>
      bed.system.rpc(DirectoryService, credential).getActor({ actor: { mode: 2, userId: 1n }, organizationId: 1n }),
  },
  'GetTokenStates of introspection': {
    admits: ['introspection'],
    call: (credential) =>
      bed.system.rpc(TokenStateService, credential).getTokenStates({ tokenHashes: [new Uint8Array(32)] }),
  },
  'ListApps of a user': {
    admits: ['user'],
    call: (credential) =>
      bed.system.rpc(AppService, credential).listApps({}, { headers: { 'x-organization': 'acme' } }),
  },
};

test.for(Object.entries(CALLS))('%s rejects callers without a credential and of other kinds', async ([
  _name,
  { admits, call },
]) => {
  await bed.tables.unchangedBy(async () => {
    for (const credential of [
      undefined,
      'unknown-token-of-more-than-32-characters',
      pair.access_token,
      app.clientSecret,
    ]) {
      await expectRpcError(call(credential), Code.Unauthenticated, ErrorReason.CALLER_UNAUTHENTICATED);
    }
    for (const kind of KINDS.filter((kind) => !admits.includes(kind) && kind !== 'app')) {
      // Introspection does not verify sessions: to it, a JWT is an unknown credential.
      const unknown = kind === 'user' && admits.includes('gateway') && !admits.includes('platform');
      const [code, reason] = unknown
        ? ([Code.Unauthenticated, ErrorReason.CALLER_UNAUTHENTICATED] as const)
        : ([Code.PermissionDenied, ErrorReason.CALLER_NOT_ALLOWED] as const);
      await expectRpcError(call(await credentialOf(kind)), code, reason);
    }
    for (const kind of admits) {
      const refused = await call(await credentialOf(kind)).then(
        () => undefined,
        (error) => error.code,
      );
      expect([Code.Unauthenticated, Code.PermissionDenied]).not.toContain(refused);
    }
  });
});

test('endpoints for users accept only a session', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const kind of KINDS.filter((kind) => kind !== 'user')) {
      const headers = { authorization: `Bearer ${await credentialOf(kind)}`, 'x-organization': 'acme' };
      for (const [method, path] of [
        ['GET', '/oauth/apps'],
        ['POST', '/oauth/apps'],
        ['GET', `/oauth/apps/${app.clientId}`],
        ['DELETE', `/oauth/apps/${app.clientId}`],
        ['GET', '/oauth/installs'],
        ['GET', `/oauth/authorize?client_id=${app.clientId}`],
        ['POST', '/oauth/authorize/consent'],
      ] as const) {
        expectError(await bed.world.http(method, path, { headers, ...(method === 'POST' && { body: {} }) }), 401);
      }
    }
  });
});

test('endpoints for clients accept only client credentials', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const kind of KINDS) {
      const headers = { authorization: `Bearer ${await credentialOf(kind)}` };
      for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
        const body = new URLSearchParams({ token: pair.access_token, grant_type: 'refresh_token' });
        expectOAuthError(await bed.world.http('POST', path, { body, headers }), 'invalid_client', 401);
      }
    }
  });
  expect((await bed.world.introspect(pair.access_token)).active).toBe(true);
});

test('services that are not for the web are not on the HTTP port', async () => {
  for (const service of [OperatorService, DirectoryService, TokenStateService]) {
    const path = `/${service.typeName}/${service.methods[0]?.name}`;
    const headers = { authorization: `Bearer ${bed.system.tokens.operator}`, 'content-type': 'application/json' };
    expect((await bed.world.http('POST', path, { headers, body: '{}' })).status).toBe(404);
  }
});

test('the RPCs on the HTTP port require a session, too', async () => {
  const path = `/${AppService.typeName}/ListApps`;
  const call = (authorization?: string) =>
    bed.world.http('POST', path, {
      headers: {
        'content-type': 'application/json',
        'x-organization': 'acme',
        ...(authorization && { authorization }),
      },
      body: '{}',
    });
  expect((await call()).status).toBe(401);
  expect((await call(`Bearer ${bed.system.tokens.operator}`)).status).toBe(403);
  expect((await call(`Bearer ${await credentialOf('user')}`)).status).toBe(200);
});
