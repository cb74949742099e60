import { beforeEach, expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { AppStatus } from '../../gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { ConsentDecision, ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallStatus } from '../../gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import {
  expectStatus,
  OWNER_ADMIN,
  REDIRECT_URI,
  type RegisteredApp,
  TARGET_ADMIN,
  TARGET_MEMBER,
} from '../support/world.ts';

const bed = testBed();
const asAcme = { headers: { 'x-organization': 'acme' } };
const asGlobex = { headers: { 'x-organization': 'globex' } };

const apps = () => bed.world.rpcAs(AppService, OWNER_ADMIN);
const consents = (userId = TARGET_ADMIN) => bed.world.rpcAs(ConsentService, userId);
const installs = (userId = TARGET_ADMIN) => bed.world.rpcAs(InstallService, userId);
/** Valid parameters of a denial, with changes. An approval also needs a scope. */
const parametersOf = (changes: object) => ({
  clientId: app.clientId,
  redirectUri: REDIRECT_URI,
  actor: 'app',
  ...changes,
});

const FIELDS = {
  name: 'Roadmapper',
  redirectUris: [REDIRECT_URI],
  allowedActorModes: [ActorMode.SELF, ActorMode.APP],
  declaredScopes: ['webhooks:manage', 'posts:read'],
  webhookUrl: 'https://app.example/hooks',
  subscribedWebhookEvents: ['post_created'],
};

let app: RegisteredApp;
beforeEach(async () => {
  const { clientId, clientSecret } = await (await apps()).registerApp(FIELDS, asAcme);
  app = { clientId, clientSecret };
});

const decide = async (request: object = {}, userId = TARGET_ADMIN) =>
  (await consents(userId)).decideConsent({
    parameters: parametersOf({ scope: 'posts:read webhooks:manage', state: 's' }),
    targetOrganizationId: 2n,
    decision: ConsentDecision.APPROVE,
    ...request,
  });

test('GetApp and ListApps return an app as it was registered, with its lists in catalog order', async () => {
  const expected = {
    clientId: app.clientId,
    name: 'Roadmapper',
    ownerOrganization: { id: 1n, subdomain: 'acme', name: 'Acme' },
    redirectUris: [REDIRECT_URI],
    allowedActorModes: [ActorMode.APP, ActorMode.SELF],
    declaredScopes: ['posts:read', 'webhooks:manage'],
    webhookUrl: 'https://app.example/hooks',
    subscribedWebhookEvents: ['post_created'],
    requirePkce: false,
    status: AppStatus.ACTIVE,
    secrets: [{ hint: app.clientSecret.slice(-4) }],
  };
  const client = await apps();
  expect((await client.getApp({ clientId: app.clientId }, asAcme)).app).toMatchObject(expected);
  expect((await client.listApps({ perPage: 1 }, asAcme)).apps).toMatchObject([expected]);
});

test('UpdateApp distinguishes empty from unset', async () => {
  const client = await apps();
  const named = await client.updateApp({ clientId: app.clientId, name: 'Other' }, asAcme);
  expect(named.app).toMatchObject({ name: 'Other', subscribedWebhookEvents: ['post_created'] });
  const empty = { webhookUrl: '', subscribedWebhookEvents: { values: [] } };
  const emptied = await client.updateApp({ clientId: app.clientId, ...empty }, asAcme);
  expect(emptied.app).toMatchObject({ name: 'Other', webhookUrl: '', subscribedWebhookEvents: [] });
});

test('RotateAppSecret replaces the secret; DeleteApp deletes the app and can be repeated', async () => {
  const client = await apps();
  const rotated = await client.rotateAppSecret({ clientId: app.clientId, overlapSeconds: 0 }, asAcme);
  expect(rotated.clientSecret).toMatch(/^fosec_/);
  expect((await bed.world.client(app, '/oauth/introspect', { token: 'x' })).status).toBe(401);
  const fresh = { ...app, clientSecret: rotated.clientSecret };
  expectStatus(200, await bed.world.client(fresh, '/oauth/introspect', { token: 'x' }));
  await client.deleteApp({ clientId: app.clientId }, asAcme);
  await client.deleteApp({ clientId: app.clientId }, asAcme);
  await expectRpcError(client.getApp({ clientId: app.clientId }, asAcme), ErrorReason.NOT_FOUND);
});

test('rejects a missing X-Organization, another organization, and a caller who is not an admin', async () => {
  const [owner, member] = [await apps(), await installs(TARGET_MEMBER)];
  await bed.tables.unchangedBy(async () => {
    await expectRpcError(owner.registerApp(FIELDS), ErrorReason.INVALID_REQUEST);
    await expectRpcError(owner.registerApp(FIELDS, asGlobex), ErrorReason.NOT_AN_ADMIN);
    await expectRpcError(member.listInstalls({}, asGlobex), ErrorReason.NOT_AN_ADMIN);
  });
});

test('GetAuthorizationRequest returns what a consent page needs', async () => {
  const { authorizationRequest } = await (await consents()).getAuthorizationRequest({
    parameters: parametersOf({ responseType: 'code', actor: 'self' }),
  });
  expect(authorizationRequest).toMatchObject({
    app: { clientId: app.clientId, name: 'Roadmapper', ownerOrganization: { id: 1n } },
    redirectUri: REDIRECT_URI,
    actor: ActorMode.SELF,
    allowedActorModes: [ActorMode.APP, ActorMode.SELF],
    requestedScopes: [
      { name: 'posts:read', sensitive: false },
      { name: 'webhooks:manage', sensitive: false },
    ],
    webhookEvents: ['post_created'],
    organizations: [{ organization: { id: 2n, subdomain: 'globex' }, role: Role.ADMIN, mayInstall: true }],
  });
});

test('DecideConsent approves or denies, and returns code, state and issuer', async () => {
  const approved = new URL((await decide()).redirectTo).searchParams;
  expect([approved.get('state'), approved.get('iss')]).toEqual(['s', bed.system.issuer]);
  expectStatus(200, await bed.world.exchange(app, approved.get('code') as string));
  const denied = new URL((await decide({ decision: ConsentDecision.DENY })).redirectTo).searchParams;
  expect([denied.get('error'), denied.get('iss')]).toEqual(['access_denied', bed.system.issuer]);
});

test('DecideConsent rejects an unknown decision', async () => {
  for (const decision of [ConsentDecision.UNSPECIFIED, 3, 7]) {
    const error = await bed.tables.unchangedBy(() => expectRpcError(decide({ decision }), ErrorReason.INVALID_FIELD));
    expect(error.findDetails(ErrorDetailSchema)[0]?.fieldViolations).toMatchObject([{ field: 'decision' }]);
  }
});

test('DecideConsent treats an empty scope as none, not as all', async () => {
  for (const scope of ['', ' ', '   ']) {
    const refused = () =>
      expectRpcError(decide({ parameters: parametersOf({ scope }) }), ErrorReason.AUTHORIZATION_REFUSED);
    const error = await bed.tables.unchangedBy(refused);
    expect(error.findDetails(ErrorDetailSchema)[0]?.oauthError).toBe('invalid_scope');
  }
  const { redirectTo } = await decide({ parameters: parametersOf({}), decision: ConsentDecision.DENY });
  expect(redirectTo).toContain('error=access_denied');
});

test('DecideConsent distinguishes no events from all events', async () => {
  for (const [selection, events] of [
    [{}, ['post_created']],
    [{ grantedWebhookEvents: { events: [] } }, []],
  ] as const) {
    const code = new URL((await decide(selection)).redirectTo).searchParams.get('code') as string;
    expectStatus(200, await bed.world.exchange(app, code));
    const { installs: list } = await (await installs()).listInstalls({ perPage: 1 }, asGlobex);
    expect(list[0]?.grantedWebhookEvents).toEqual(events);
  }
});

test('a rejected authorization request says where to redirect, if anywhere', async () => {
  const parameters = parametersOf({ responseType: 'code', scope: 'posts:read', state: 's' });
  for (const [wrong, oauthError, redirects] of [
    [{ scope: 'posts:write' }, 'invalid_scope', true],
    [{ redirectUri: 'https://evil.example/' }, 'invalid_request', false],
  ] as const) {
    const error = await bed.tables.unchangedBy(() =>
      expectRpcError(decide({ parameters: { ...parameters, ...wrong } }), ErrorReason.AUTHORIZATION_REFUSED),
    );
    const detail = error.findDetails(ErrorDetailSchema)[0];
    expect([detail?.oauthError, detail?.redirectTo !== '']).toEqual([oauthError, redirects]);
  }
  await expectRpcError(decide({}, TARGET_MEMBER), ErrorReason.NOT_AN_ADMIN);
});

test('ListInstalls lists an install; Disconnect ends it, can be repeated, and rejects an invalid or unknown id', async () => {
  const pair = await bed.world.install(app);
  const client = await installs();
  const [install] = (await client.listInstalls({ perPage: 1 }, asGlobex)).installs;
  expect(install).toMatchObject({ clientId: app.clientId, appName: 'Roadmapper', status: InstallStatus.ACTIVE });
  const installId = install?.id as string;
  await client.disconnect({ installId }, asGlobex);
  await client.disconnect({ installId }, asGlobex);
  expect((await bed.world.introspect(pair.access_token)).active).toBe(false);
  for (const id of ['', 'malformed', '00000000-0000-7000-8000-000000000000']) {
    await expectRpcError(client.disconnect({ installId: id }, asGlobex), ErrorReason.NOT_FOUND);
  }
});
