import { expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { expectOAuthError, expectRedirect } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus } from '../support/world.ts';

const bed = testBed();

test('a consent to more scopes than declared is rejected', async () => {
  const app = await bed.world.registerApp({ declared_scopes: ['posts:read'] });
  await bed.tables.unchangedBy(async () => {
    for (const scope of ['posts:write', 'posts:read posts:write', 'member:write', 'webhooks:manage']) {
      expectRedirect(await bed.world.consent(app, { scope }), 'invalid_scope');
    }
  });
});

test('rejects an unknown scope, even next to known ones', async () => {
  const app = await bed.world.registerApp();
  await bed.tables.unchangedBy(async () => {
    for (const scope of ['admin', 'posts:read *', 'posts:read __proto__', 'posts:read constructor', 'openid']) {
      expectRedirect(await bed.world.consent(app, { scope }), 'invalid_scope');
    }
  });
});

test('growth on refresh: rejects more than was granted, even if declared, and does not use up the token', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app, { scope: 'posts:read' });
  await bed.tables.unchangedBy(async () => {
    for (const scope of ['posts:read posts:write', 'votes:read', 'nope']) {
      expectOAuthError(await bed.world.refresh(app, pair.refresh_token, { scope }), 'invalid_scope');
    }
  });
  const { body } = expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
  expect(body.scope).toBe('posts:read');
  expect((await bed.world.introspect(body.access_token)).scopes).toEqual(['posts:read']);
});

test('growth on re-consent: the new grant replaces the old one', async () => {
  const app = await bed.world.registerApp();
  await bed.world.install(app, { scope: 'posts:read posts:write' });
  const { access_token: token, scope } = await bed.world.install(app, { scope: 'comments:read' });
  expect(scope).toBe('comments:read');
  expect((await bed.world.introspect(token)).scopes).toEqual(['comments:read']);
});

test('growth by declaration: an install does not get what the app declares later', async () => {
  const app = await bed.world.registerApp({ declared_scopes: ['posts:read'] });
  const pair = await bed.world.install(app);
  const code = await bed.world.code(app);
  expectStatus(200, await bed.world.changeApp(app, { declared_scopes: ['posts:read', 'customers:write'] }));
  expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(['posts:read']);
  expect((await bed.world.refresh(app, pair.refresh_token)).body.scope).toBe('posts:read');
  expect((await bed.world.exchange(app, code)).body.scope).toBe('posts:read');
});

test('growth by role: no role gives a `self` token more than was granted', async () => {
  const app = await bed.world.registerApp({ declared_scopes: ['posts:read', 'member:write'] });
  const organization = await bed.world.newOrganization();
  const pair = await bed.world.installInto(organization, app, { scope: 'posts:read', actor: 'self' });
  for (const role of [Role.COLLABORATOR, Role.MEMBER, Role.CSM, Role.MANAGER, Role.ADMIN]) {
    await bed.world.setRole(organization.id, organization.admin, role);
    expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(['posts:read']);
  }
});

test('a re-consent with another mode ends the old token and limits the new one by the role', async () => {
  const app = await bed.world.registerApp();
  const organization = await bed.world.newOrganization();
  const asApp = await bed.world.installInto(organization, app, { actor: 'app' });
  const asSelf = await bed.world.installInto(organization, app, { actor: 'self' });
  await bed.world.setRole(organization.id, organization.admin, Role.MEMBER);
  expect((await bed.world.introspect(asApp.access_token)).active).toBe(false);
  expect((await bed.world.introspect(asSelf.access_token)).scopes).toEqual(['posts:read', 'comments:read']);
});
