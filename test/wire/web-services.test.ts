import { describe, expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { AppStatus } from '../../gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { ConsentDecision, ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallStatus } from '../../gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER_ADMIN, pkce, REDIRECT_URI, TARGET_ADMIN, TARGET_MEMBER } from '../support/world.ts';
import { bufCurlClient } from './support/buf-curl.ts';
import { connectNodeClientOverHttp1, connectNodeGrpcClient } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { expectFailure, type RpcClient, sharedClient } from './support/rpc-client.ts';

const { registerApp, getApp } = AppService.method;
const { getAuthorizationRequest, decideConsent } = ConsentService.method;
const { listInstalls, disconnect } = InstallService.method;

const bed = testBed();
const grpcAddress = () => bed.system.authServerGrpc;
const httpUrl = () => bed.system.issuer;
const operator = () => bed.system.tokens.operator;

const FIELDS = {
  name: 'Roadmapper',
  redirectUris: [REDIRECT_URI],
  allowedActorModes: [ActorMode.APP, ActorMode.SELF],
  declaredScopes: ['posts:read', 'posts:write'],
};

const as = async (userId: number, subdomain?: string) => ({
  bearer: await bed.system.platform.sign(userId),
  ...(subdomain !== undefined && { headers: { 'x-organization': subdomain } }),
});

describe.each<[string, () => RpcClient]>([
  ['grpc-js', () => grpcJsClient(grpcAddress())],
  ['connect-node (gRPC)', () => connectNodeGrpcClient(grpcAddress())],
  ['gRPC-Web over HTTP/1.1', () => connectNodeClientOverHttp1('grpc-web', httpUrl())],
  ['Connect over HTTP/1.1', () => connectNodeClientOverHttp1('connect', httpUrl())],
  ['Connect with JSON', () => connectNodeClientOverHttp1('connect', httpUrl(), { useBinaryFormat: false })],
  ['Connect with GET', () => connectNodeClientOverHttp1('connect', httpUrl(), { useHttpGet: true })],
  ['buf curl', () => bufCurlClient(grpcAddress(), operator())],
])('%s', (_name, build) => {
  const client = sharedClient(build);

  test('an app is registered, installed with consent, listed and disconnected', async () => {
    const registered = await client.call(registerApp, FIELDS, await as(OWNER_ADMIN, 'acme'));
    const { clientId, clientSecret } = registered.message;
    expect(registered.message.app).toMatchObject({ ...FIELDS, clientId, status: AppStatus.ACTIVE });

    const { verifier, challenge } = pkce();
    const parameters = {
      clientId,
      redirectUri: REDIRECT_URI,
      responseType: 'code',
      actor: 'self',
      state: 's1',
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
    };
    const requested = await client.call(getAuthorizationRequest, { parameters }, await as(TARGET_ADMIN));
    expect(requested.message.authorizationRequest).toMatchObject({
      app: { clientId, name: 'Roadmapper', ownerOrganization: { id: 1n, subdomain: 'acme' } },
      actor: ActorMode.SELF,
      requestedScopes: [{ name: 'posts:read' }, { name: 'posts:write' }],
      organizations: [{ organization: { id: 2n, subdomain: 'globex' }, mayInstall: true }],
    });

    const decision = { decision: ConsentDecision.APPROVE, targetOrganizationId: 2n };
    const granted = { ...parameters, scope: 'posts:read' };
    const decided = await client.call(decideConsent, { parameters: granted, ...decision }, await as(TARGET_ADMIN));
    const response = new URL(decided.message.redirectTo).searchParams;
    expect([response.get('state'), response.get('iss')]).toEqual(['s1', bed.system.issuer]);

    const code = response.get('code') as string;
    const exchanged = await bed.world.exchange({ clientId, clientSecret }, code, { code_verifier: verifier });
    const pair = expectStatus(200, exchanged).body;
    expect(await bed.world.introspect(pair.access_token)).toMatchObject({ active: true, scopes: ['posts:read'] });

    const listed = await client.call(listInstalls, { perPage: 1 }, await as(TARGET_ADMIN, 'globex'));
    expect(listed.message.installs).toMatchObject([
      { clientId, appName: 'Roadmapper', status: InstallStatus.ACTIVE, grantedScopes: ['posts:read'], userId: 2n },
    ]);
    const installId = listed.message.installs[0]?.id as string;
    await client.call(disconnect, { installId }, await as(TARGET_ADMIN, 'globex'));
    expect(await bed.world.introspect(pair.access_token)).toMatchObject({
      active: false,
      inactiveReason: InactiveReason.REVOKED,
    });
  });

  test('an error has its reason and details', async () => {
    const wrongFields = { ...FIELDS, name: '', redirectUris: [REDIRECT_URI, 'http://app.example/'] };
    const unknown = { parameters: { clientId: 'foapp_x', redirectUri: REDIRECT_URI } };
    const [owner, admin, member] = [
      await as(OWNER_ADMIN, 'acme'),
      await as(TARGET_ADMIN),
      await as(TARGET_MEMBER, 'globex'),
    ];
    const [invalid, refused] = await Promise.all([
      expectFailure(client.call(registerApp, wrongFields, owner), ErrorReason.INVALID_FIELD),
      expectFailure(client.call(getAuthorizationRequest, unknown, admin), ErrorReason.AUTHORIZATION_REFUSED),
      expectFailure(client.call(getApp, { clientId: 'foapp_x' }, owner), ErrorReason.NOT_FOUND),
      expectFailure(client.call(listInstalls, {}, member), ErrorReason.NOT_AN_ADMIN),
    ]);
    expect(invalid.detail?.fieldViolations.map(({ field }) => field)).toEqual(['name', 'redirect_uris']);
    expect(invalid.detail?.fieldViolations[1]?.message).toMatch(/item 2 must be https/);
    expect(refused.detail).toMatchObject({ oauthError: 'invalid_request', redirectTo: '' });
  });

  test('an error that is sent to the app has a redirect_to with state and iss', async () => {
    const { clientId } = await bed.world.registerApp();
    const invalid = { actor: 'app', scope: 'customers:read', state: 'ü &=' };
    const parameters = { clientId, redirectUri: REDIRECT_URI, responseType: 'code', ...invalid };
    const { detail } = await expectFailure(
      client.call(getAuthorizationRequest, { parameters }, await as(TARGET_ADMIN)),
      ErrorReason.AUTHORIZATION_REFUSED,
    );
    expect(detail?.oauthError).toBe('invalid_scope');
    const { searchParams } = new URL(detail?.redirectTo as string);
    expect(searchParams.get('state')).toBe('ü &=');
    expect(searchParams.get('iss')).toBe(bed.system.issuer);
  });
});
