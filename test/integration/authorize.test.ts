import { expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { SCOPE_CATALOG } from '../../services/common/scopes/catalog.ts';
import { expectError, expectRedirect } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import {
  expectStatus,
  GLOBEX,
  NO_PROFILE,
  pkce,
  REDIRECT_URI,
  type RegisteredApp,
  TARGET_MEMBER,
} from '../support/world.ts';

const bed = testBed();

const view = (...request: Parameters<typeof bed.world.view>) => bed.world.view(...request);
/** A request without a session. */
const signedOut = (path: string, headers: Record<string, string>) => bed.world.http('GET', path, { headers });
const validPath = ({ clientId }: RegisteredApp) =>
  `/oauth/authorize?${new URLSearchParams({ client_id: clientId, redirect_uri: REDIRECT_URI, response_type: 'code' })}`;

test('returns what the consent page needs, for a signed-in user', async () => {
  const app = await bed.world.registerApp({
    declared_scopes: ['webhooks:manage', 'customers:read', 'posts:read'],
    webhook_url: 'https://app.example/hooks',
    subscribed_webhook_events: ['post_updated', 'post_created'],
  });
  const response = await view(app, {
    state: 's',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const scope = (name: string) => SCOPE_CATALOG.find((entry) => entry.name === name);
  expect(response.body).toEqual({
    app: {
      client_id: app.clientId,
      name: 'Roadmapper',
      owner_organization: { id: 1, subdomain: 'acme', name: 'Acme' },
      profile: NO_PROFILE,
    },
    redirect_uri: REDIRECT_URI,
    actor: 'app',
    allowed_actor_modes: ['app', 'self'],
    requested_scopes: [scope('posts:read'), scope('customers:read'), scope('webhooks:manage')],
    webhook_events: ['post_created', 'post_updated'],
    organizations: [
      {
        ...{ id: 2, subdomain: 'globex', name: 'Globex', role: 'admin', may_install: true, installed: null },
        policy_refusal: null,
        is_sandbox: false,
        permitted_scopes: ['posts:read', 'customers:read', 'webhooks:manage'],
      },
    ],
  });
  expect(response.body.requested_scopes[1]).toEqual({
    name: 'customers:read',
    description: expect.stringMatching(/.{10,}/),
    example: expect.stringMatching(/.{10,}\.$/),
    sensitive: true,
  });
});

test('shows an existing install as in the list of installs', async () => {
  const app = await bed.world.registerApp();
  await bed.world.install(app, { scope: 'posts:read', actor: 'self' });
  const installed = (await view(app)).body.organizations[0].installed;
  expect(installed).toEqual(await bed.world.installOf(app));
  expect(installed).toMatchObject({ actor: 'self', granted_scopes: ['posts:read'] });
});

test('shows a member the organization, without permission to install', async () => {
  const app = await bed.world.registerApp();
  expect((await view(app, {}, TARGET_MEMBER)).body.organizations).toMatchObject([
    { id: 2, role: 'member', may_install: false },
  ]);
});

test('also lists organizations where the user cannot install apps, even suspended ones, sorted by name', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const organization = await world.newOrganization();
  await world.setRole(GLOBEX, organization.admin, Role.MANAGER);
  await world.suspend(organization);
  expect((await view(app, {}, organization.admin)).body.organizations).toMatchObject([
    { subdomain: 'globex', role: 'manager', may_install: false },
    { subdomain: organization.subdomain, role: 'admin', may_install: false },
  ]);
});

test('requested scopes default to all declared ones and are in catalog order', async () => {
  const app = await bed.world.registerApp();
  const scopes = async (scope?: string) =>
    (await view(app, scope === undefined ? {} : { scope })).body.requested_scopes.map(
      ({ name }: { name: string }) => name,
    );
  expect(await scopes('comments:read posts:read comments:read')).toEqual(['posts:read', 'comments:read']);
  expect(await scopes()).toEqual(['posts:read', 'posts:write', 'comments:read']);
  expect(await scopes('')).toEqual(['posts:read', 'posts:write', 'comments:read']);
});

test('actor is optional only if the app has one mode', async () => {
  const one = await bed.world.registerApp({ allowed_actor_modes: ['self'] });
  expect((await view(one, { actor: '' })).body.actor).toBe('self');
  const two = await bed.world.registerApp();
  expectRedirect(await view(two, { actor: '' }), 'invalid_request');
  expectRedirect(await view(one, { actor: 'app' }), 'invalid_request');
});

test('ignores unknown parameters (RFC 6749 section 3.1), and any prompt but none', async () => {
  const app = await bed.world.registerApp();
  expectStatus(200, await view(app, { prompt: 'login', nonce: 'n', '': 'x' }));
});

test('a browser is redirected to the consent page with the same query', async () => {
  const query = '?client_id=foapp_x&scope=posts%3Aread+votes%3aread&state=%C3%A9&state=2';
  const accept = 'text/html,application/xhtml+xml;q=0.9';
  const response = await signedOut(`/oauth/authorize${query}`, { accept });
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe(`/consent${query}`);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('the redirect to the consent page never leads to another host', async () => {
  for (const query of ['', '?//evil.example', '?next=https://evil.example']) {
    const { status, headers } = await signedOut(`/oauth/authorize${query}`, { accept: 'text/html' });
    expect(status).toBe(302);
    expect(new URL(headers.get('location') as string, bed.system.issuer).origin).toBe(bed.system.issuer);
  }
});

test('a program without a session gets 401', async () => {
  const app = await bed.world.registerApp();
  const response = await signedOut(validPath(app), { accept: 'application/json' });
  expectError(response, 401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
});

test('a request without a bearer token is redirected to the consent page unless it accepts JSON but not HTML', async () => {
  const app = await bed.world.registerApp();
  // The credentials of a proxy in front, not of a user.
  const authorization = 'Basic c3RhZ2luZzpzdGFnaW5n';
  for (const headers of [
    {},
    { accept: '*/*' },
    { authorization, accept: 'text/html' },
    { authorization },
    { accept: 'text/html, application/json;q=0.1' },
  ]) {
    const response = await signedOut(validPath(app), headers as Record<string, string>);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toMatch(/^\/consent\?/);
  }
  expectError(await signedOut(validPath(app), { authorization, accept: 'application/json' }), 401);
});

test('reading an authorization request changes nothing', async () => {
  const app = await bed.world.registerApp();
  await bed.tables.unchangedBy(async () => expectStatus(200, await view(app)));
});
