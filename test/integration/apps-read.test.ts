import { expect, test } from 'vitest';
import { expectError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN } from '../support/world.ts';

const bed = testBed();

const read = (clientId: string) => bed.world.as(OWNER_ADMIN, 'GET', `/oauth/apps/${clientId}`, undefined, 'acme');

test('returns an app as registered, with a hint of its secret', async () => {
  const app = await bed.world.registerApp();
  const response = await read(app.clientId);
  expect(response.status).toBe(200);
  expect(response.body.app).toMatchObject({ client_id: app.clientId, name: 'Roadmapper', status: 'active' });
  expect(response.body.app.secrets).toMatchObject([{ hint: app.clientSecret.slice(-4), expires_at: null }]);
  expect(JSON.stringify(response.body)).not.toContain(app.clientSecret);
});

test('shows the suspension of an app by an operator', async () => {
  const app = await bed.world.registerApp();
  await bed.world.suspendApp(app);
  expect((await read(app.clientId)).body.app.status).toBe('suspended');
  await bed.world.resumeApp(app);
  expect((await read(app.clientId)).body.app.status).toBe('active');
});

test('returns 404 for an unknown app, a deleted app and an invalid client id', async () => {
  const deleted = await bed.world.registerApp();
  await bed.world.deleteApp(deleted);
  for (const clientId of [
    deleted.clientId,
    'foapp_0000000000000000000000',
    '17',
    '%20',
    '%00',
    '..%2f..',
    'x'.repeat(5_000),
  ]) {
    expectError(await read(clientId), 404);
  }
});
