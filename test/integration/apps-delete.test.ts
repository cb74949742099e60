import { expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectError, expectNoRedirect, expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER } from '../support/world.ts';

const bed = testBed();
const REVOKED = { active: false, inactiveReason: InactiveReason.REVOKED };

test('a deleted app is not found by its owner, by consent or by the token endpoint', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const code = await world.code(app);
  expect(expectStatus(204, await world.deleteApp(app)).body).toBe('');
  expectError(await world.asAdmin(OWNER, 'GET', `/oauth/apps/${app.clientId}`), 404);
  expectError(await world.changeApp(app, { name: 'Zombie' }), 404);
  expectError(await world.rotateSecret(app), 404);
  expectNoRedirect(await world.consent(app));
  expectOAuthError(await world.exchange(app, code), 'invalid_client', 401);
});

test('tokens of a deleted app are inactive at once in every organization, and its installs are not listed', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const other = await world.newOrganization();
  const pairs = [await world.install(app), await world.installInto(other, app)];
  for (const pair of pairs) expect(await world.isActive(pair.access_token)).toBe(true);
  expectStatus(204, await world.deleteApp(app));
  for (const pair of pairs) {
    expect(await world.introspect(pair.access_token)).toMatchObject(REVOKED);
    expectOAuthError(await world.refresh(app, pair.refresh_token), 'invalid_client', 401);
  }
  expect(await world.installOf(app)).toBeUndefined();
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
