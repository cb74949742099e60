/** The failed requests of an app, and the last use of its secrets, for its developer. */
import { expect, test } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
const POLL = { timeout: 20_000 };

async function failuresOf(app: RegisteredApp) {
  const path = `/oauth/apps/${app.clientId}/failed_requests`;
  return expectStatus(200, await bed.world.asAdmin(OWNER, 'GET', path)).body.failed_requests;
}

test('equal failures in the same minute are one row with the reason, the organization and the last request id', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const old = await world.install(app);
  const fresh = expectStatus(200, await world.refresh(app, old.refresh_token)).body;
  expectStatus(200, await world.refresh(app, fresh.refresh_token));
  await world.refresh(app, old.refresh_token);
  const last = await world.refresh(app, old.refresh_token);
  expect(last.status).toBe(400);
  const failure = {
    endpoint: '/oauth/token',
    grant_type: 'refresh_token',
    error: 'invalid_grant',
    error_description: last.body.error_description,
    organization: { id: 2, subdomain: 'globex', name: 'Globex' },
    count: 2,
    last_failed_at: new Date(clock.now()).toISOString(),
    request_id: last.headers.get('x-request-id'),
  };
  await expect.poll(() => failuresOf(app), POLL).toEqual([failure]);
  clock.advance(60);
  await world.refresh(app, old.refresh_token);
  await expect.poll(() => failuresOf(app), POLL).toMatchObject([{ count: 1 }, { count: 2 }]);
});

test('records that a secret was wrong, but neither the secret nor the token that was sent', async () => {
  const app = await bed.world.registerApp();
  const wrong = { ...app, clientSecret: `${app.clientSecret.slice(0, -1)}?` };
  await bed.world.client(wrong, '/oauth/revoke', { token: 'foot_sent-by-the-app' });
  const failure = { endpoint: '/oauth/revoke', error: 'invalid_client' };
  await expect.poll(() => failuresOf(app), POLL).toMatchObject([failure]);
  const rows = JSON.stringify(await bed.tables.rows('SELECT * FROM failed_requests'));
  expect(rows).not.toContain(wrong.clientSecret);
  expect(rows).not.toContain('sent-by-the-app');
});

test('does not name the organization of a token that belongs to another app', async () => {
  const { world } = bed;
  const other = await world.install(await world.registerApp());
  const app = await world.registerApp();
  await world.refresh(app, other.refresh_token);
  await expect.poll(() => failuresOf(app), POLL).toMatchObject([{ error: 'invalid_grant', organization: null }]);
});

test('shows when each secret was last used', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const secrets = async () => (await world.readApp(app)).secrets;
  expect(await secrets()).toMatchObject([{ last_used_at: null }]);
  await world.rotateSecret(app, { overlap_seconds: 3_600 });
  await world.client(app, '/oauth/introspect', { token: 'x' });
  const now = new Date(clock.now()).toISOString();
  await expect.poll(secrets, POLL).toMatchObject([{ last_used_at: null }, { last_used_at: now }]);
});
