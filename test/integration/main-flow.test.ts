import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { type System, startSystem } from '../support/system.ts';
import { expectStatus, GLOBEX, TARGET_ADMIN, World } from '../support/world.ts';

let system: System;
let world: World;

beforeAll(async () => {
  system = await startSystem({ replicas: 3 });
  world = await new World(system).seed();
});
afterAll(() => system?.stop());

test('an installed app has a working token until the admin disconnects it, on every replica', async () => {
  const app = await world.registerApp();
  const pair = await world.install(app);
  await world.expectEverywhere(pair.access_token, {
    active: true,
    clientId: app.clientId,
    organization: { id: GLOBEX, subdomain: 'globex' },
    actor: { mode: ActorMode.APP },
    scopes: ['posts:read', 'posts:write', 'comments:read'],
  });
  const installId = await world.installId(app);
  expectStatus(204, await world.as(TARGET_ADMIN, 'DELETE', `/oauth/installs/${installId}`, undefined, 'globex'));
  await world.expectEverywhere(pair.access_token, { active: false, inactiveReason: InactiveReason.REVOKED });
  expect((await world.refresh(app, pair.refresh_token)).body.error).toBe('invalid_grant');
  expectStatus(204, await world.as(TARGET_ADMIN, 'DELETE', `/oauth/installs/${installId}`, undefined, 'globex'));
});

test('a refresh replaces both tokens, and the old ones are inactive on every replica', async () => {
  const app = await world.registerApp();
  const old = await world.install(app);
  await world.introspectEverywhere(old.access_token);
  const fresh = expectStatus(200, await world.refresh(app, old.refresh_token)).body;
  expect(fresh.scope).toBe('posts:read posts:write comments:read');
  await world.expectEverywhere(old.access_token, { active: false });
  await world.expectEverywhere(fresh.access_token, { active: true });
  const next = expectStatus(200, await world.refresh(app, fresh.refresh_token)).body;
  expect((await world.refresh(app, old.refresh_token)).body.error).toBe('invalid_grant');
  expect((await world.introspect(next.access_token)).active).toBe(true);
});

test('a downgrade of the user removes the write scopes of a `self` token at once, an upgrade restores them', async () => {
  const app = await world.registerApp();
  const pair = await world.install(app, { actor: 'self' });
  const scopes = async () =>
    (await world.introspectEverywhere(pair.access_token)).map((response) => response.scopes.join(' '));
  expect(new Set(await scopes())).toEqual(new Set(['posts:read posts:write comments:read']));
  await world.setRole(GLOBEX, TARGET_ADMIN, Role.MEMBER);
  expect(new Set(await scopes())).toEqual(new Set(['posts:read comments:read']));
  await world.setRole(GLOBEX, TARGET_ADMIN, Role.ADMIN);
  expect(new Set(await scopes())).toEqual(new Set(['posts:read posts:write comments:read']));
});
