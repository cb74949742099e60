import { expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectError, expectNoRedirect, expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER_ADMIN, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();

test('a deleted app is not found by its owner, consent or its own credentials', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const code = await world.code(app);
  const response = expectStatus(204, await world.deleteApp(app));
  expect(response.body).toBe('');
  expectError(await world.as(OWNER_ADMIN, 'GET', `/oauth/apps/${app.clientId}`, undefined, 'acme'), 404);
  expectError(await world.changeApp(app, { name: 'Zombie' }), 404);
  expectError(await world.as(OWNER_ADMIN, 'POST', `/oauth/apps/${app.clientId}/rotate_secret`, {}, 'acme'), 404);
  expectNoRedirect(await world.consent(app));
  expectOAuthError(await world.exchange(app, code), 'invalid_client', 401);
});

test('tokens of a deleted app are inactive at once in every organization, and its installs are not listed', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const other = await world.newOrganization();
  const pairs = [await world.install(app), await world.installInto(other, app)];
  for (const pair of pairs) expect((await world.introspect(pair.access_token)).active).toBe(true);
  expectStatus(204, await world.deleteApp(app));
  for (const pair of pairs) {
    expect(await world.introspect(pair.access_token)).toMatchObject({
      active: false,
      inactiveReason: InactiveReason.REVOKED,
    });
    expectOAuthError(await world.refresh(app, pair.refresh_token), 'invalid_client', 401);
  }
  const { body } = await world.as(TARGET_ADMIN, 'GET', '/oauth/installs?per_page=100', undefined, 'globex');
  expect(body.installs.map((install: { client_id: string }) => install.client_id)).not.toContain(app.clientId);
});

test('a repeated deletion succeeds and changes nothing', async () => {
  const app = await bed.world.registerApp();
  expectStatus(204, await bed.world.deleteApp(app));
  await bed.tables.unchangedBy(async () => expectStatus(204, await bed.world.deleteApp(app)));
});

test('returns 404 for an unknown app', async () => {
  const unknown = { clientId: 'foapp_0000000000000000000000', clientSecret: '' };
  await bed.tables.unchangedBy(async () => expectError(await bed.world.deleteApp(unknown), 404));
});
