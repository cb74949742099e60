import { expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 3 });

const WITH_EVENTS = {
  declared_scopes: ['posts:read', 'posts:write', 'webhooks:manage'],
  webhook_url: 'https://app.example/hooks',
  subscribed_webhook_events: ['post_created', 'post_updated'],
};

async function installed(fields: object, grant: object = {}): Promise<{ app: RegisteredApp; pair: Pair }> {
  const app = await bed.world.registerApp({ ...fields });
  const pair = await bed.world.install(app, { ...grant });
  await bed.cache(pair.access_token);
  return { app, pair };
}

const change = async (app: RegisteredApp, fields: Record<string, unknown>) =>
  expectStatus(200, await bed.world.changeApp(app, fields));

async function scopesEverywhere(token: string): Promise<string[]> {
  const responses = await bed.world.introspectEverywhere(token);
  return [...new Set(responses.map(({ active, scopes }) => (active ? scopes.join(' ') : 'inactive')))];
}

test('scopes no longer declared are removed from live tokens at once, and widening restores none', async () => {
  const { app, pair } = await installed({});
  await change(app, { declared_scopes: ['posts:read', 'comments:read'] });
  expect(await scopesEverywhere(pair.access_token)).toEqual(['posts:read comments:read']);
  expect((await bed.world.installOf(app)).granted_scopes).toEqual(['posts:read', 'comments:read']);
  const all = ['posts:read', 'posts:write', 'comments:read', 'votes:read'];
  await change(app, { declared_scopes: all });
  expect(await scopesEverywhere(pair.access_token)).toEqual(['posts:read comments:read']);
  const { body } = await bed.world.refresh(app, pair.refresh_token);
  expect(body.scope).toBe('posts:read comments:read');
  expect(await scopesEverywhere(body.access_token)).toEqual(['posts:read comments:read']);
  const { scope } = await bed.world.install(app);
  expect(scope).toBe('posts:read posts:write comments:read votes:read');
});

test('an install left without any scope ends, and widening does not restore it', async () => {
  const { app, pair } = await installed({}, { scope: 'posts:write' });
  await change(app, { declared_scopes: ['posts:read'] });
  await bed.world.expectEverywhere(pair.access_token, { active: false, inactiveReason: InactiveReason.REVOKED });
  expect(await bed.world.installOf(app)).toBeUndefined();
  await change(app, { declared_scopes: ['posts:read', 'posts:write'] });
  expect(await scopesEverywhere(pair.access_token)).toEqual(['inactive']);
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  expect(
    await bed.tables.rows(`SELECT DISTINCT installs.end_reason, tokens.end_reason AS pair FROM installs
    JOIN tokens ON tokens.install_id = installs.id WHERE actor_mode = 'app' AND installs.status = 'revoked'`),
  ).toEqual([{ end_reason: 'scopes_withdrawn', pair: 'scopes_withdrawn' }]);
  const again = await bed.world.install(app, { scope: 'posts:write' });
  expect(await scopesEverywhere(again.access_token)).toEqual(['posts:write']);
  expect(await scopesEverywhere(pair.access_token)).toEqual(['inactive']);
});

test('a `self` token stays active if the role of its user leaves no scope, since the role can change again', async () => {
  const organization = await bed.world.newOrganization();
  const app = await bed.world.registerApp({});
  const pair = await bed.world.installInto(organization, app, { actor: 'self', scope: 'posts:write' });
  await bed.world.setRole(organization.id, organization.admin, Role.MEMBER);
  expect(await scopesEverywhere(pair.access_token)).toEqual(['']);
  await bed.world.setRole(organization.id, organization.admin, Role.ADMIN);
  expect(await scopesEverywhere(pair.access_token)).toEqual(['posts:write']);
});

test('events that the app no longer subscribes to are removed from installs, and widening restores none', async () => {
  const { app } = await installed(WITH_EVENTS);
  await change(app, { subscribed_webhook_events: ['post_updated'] });
  expect((await bed.world.installOf(app)).granted_webhook_events).toEqual(['post_updated']);
  await change(app, { subscribed_webhook_events: ['post_created', 'post_updated'] });
  expect((await bed.world.installOf(app)).granted_webhook_events).toEqual(['post_updated']);
});

test('an app that no longer declares webhooks:manage loses the scope and its events in an existing install', async () => {
  const { app, pair } = await installed(WITH_EVENTS);
  const without = { declared_scopes: ['posts:read'], webhook_url: null, subscribed_webhook_events: [] };
  await change(app, without);
  expect(await scopesEverywhere(pair.access_token)).toEqual(['posts:read']);
  expect(await bed.world.installOf(app)).toMatchObject({ granted_scopes: ['posts:read'], granted_webhook_events: [] });
});

test('an install whose actor mode is removed ends, and offering the mode again does not restore it', async () => {
  const { app, pair } = await installed({}, { actor: 'self' });
  await change(app, { allowed_actor_modes: ['app'] });
  await bed.world.expectEverywhere(pair.access_token, { active: false, inactiveReason: InactiveReason.REVOKED });
  expect(await bed.world.installOf(app)).toBeUndefined();
  await change(app, { allowed_actor_modes: ['app', 'self'] });
  expect(await scopesEverywhere(pair.access_token)).toEqual(['inactive']);
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
});

test('removing one mode does not change installs in the other', async () => {
  const { app, pair } = await installed({}, { actor: 'app' });
  await change(app, { allowed_actor_modes: ['app'] });
  expect(await scopesEverywhere(pair.access_token)).toEqual(['posts:read posts:write comments:read']);
});

test('every install of the app is narrowed, in every organization', async () => {
  const { app, pair } = await installed({});
  const other = await bed.world.newOrganization();
  const elsewhere = await bed.world.installInto(other, app, { actor: 'self' });
  await change(app, { declared_scopes: ['posts:write', 'tags:read'] });
  for (const { access_token: token } of [pair, elsewhere])
    expect(await scopesEverywhere(token)).toEqual(['posts:write']);
});

test('each kind of narrowing voids outstanding codes, even if the grant would still be allowed', async () => {
  const both = { ...WITH_EVENTS, allowed_actor_modes: ['app', 'self'] };
  for (const narrower of [
    { declared_scopes: ['posts:read', 'webhooks:manage'] },
    { subscribed_webhook_events: ['post_created'] },
    { allowed_actor_modes: ['app'] },
  ]) {
    const app = await bed.world.registerApp(both);
    const code = await bed.world.code(app, { scope: 'posts:read', actor: 'app' });
    await change(app, narrower);
    await change(app, both);
    await bed.tables.unchangedBy(async () => expectOAuthError(await bed.world.exchange(app, code), 'invalid_grant'));
  }
});
