import { expect, test } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER_ADMIN, REDIRECT_URI } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
const SCOPES = ['posts:read', 'posts:write', 'comments:read'];

test('changes only the fields in the request, and updated_at', async () => {
  const app = await bed.world.registerApp();
  const before = await bed.world.readApp(app);
  clock.advance(1);
  const after = expectStatus(200, await bed.world.changeApp(app, { name: 'Renamed' })).body.app;
  expect(after).toEqual({ ...before, name: 'Renamed', updated_at: expect.any(String) });
  expect(Date.parse(after.updated_at)).toBe(Date.parse(before.updated_at) + 1_000);
  expect(await bed.world.readApp(app)).toEqual(after);
});

test('name, redirect URIs, actor modes, scopes, webhook fields and require_pkce can be changed', async () => {
  const app = await bed.world.registerApp();
  const fields = {
    name: 'All new',
    redirect_uris: ['https://other.example/cb'],
    allowed_actor_modes: ['self'],
    declared_scopes: ['votes:read', 'webhooks:manage'],
    webhook_url: 'https://other.example/hook',
    subscribed_webhook_events: ['changelog_published'],
    require_pkce: true,
  };
  expect(expectStatus(200, await bed.world.changeApp(app, fields)).body.app).toMatchObject(fields);
  const off = { webhook_url: null, subscribed_webhook_events: [] };
  expect(expectStatus(200, await bed.world.changeApp(app, off)).body.app).toMatchObject(off);
});

test('a change that narrows nothing keeps installs, tokens and outstanding codes', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const code = await bed.world.code(app);
  const more = { redirect_uris: [REDIRECT_URI, 'https://b.example/'], declared_scopes: [...SCOPES, 'tags:read'] };
  expectStatus(200, await bed.world.changeApp(app, { name: 'Still here', ...more }));
  expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(SCOPES);
  expectStatus(200, await bed.world.exchange(app, code));
});

test('an install shows the new name of its app', async () => {
  const app = await bed.world.registerApp();
  await bed.world.install(app);
  await bed.world.changeApp(app, { name: 'Newname' });
  expect((await bed.world.installOf(app)).app_name).toBe('Newname');
});

test('a change is audited with the names of the changed fields', async () => {
  const app = await bed.world.registerApp();
  await bed.world.changeApp(app, { name: 'A', require_pkce: true });
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 1 });
  expect(events).toMatchObject([{ action: 'app.changed', performedBy: `user:${OWNER_ADMIN}` }]);
  expect(events[0]?.details['fields']).toBe('name require_pkce');
});
