import { beforeEach, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 3 });
let app: RegisteredApp;
let pair: Pair;

beforeEach(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
  await bed.cache(pair.access_token);
});

const revoke = (token: string, by = app, parameters: Record<string, string> = {}) =>
  bed.world.client(by, '/oauth/revoke', { token, ...parameters });

async function expectInactive(token: string): Promise<void> {
  await bed.world.expectEverywhere(token, { active: false, inactiveReason: InactiveReason.REVOKED });
}

test('revoking the access token takes effect on every replica; the install stays, and a refresh works', async () => {
  const response = expectStatus(200, await revoke(pair.access_token));
  expect(response.headers.get('cache-control')).toBe('no-store');
  await expectInactive(pair.access_token);
  const installId = await bed.world.installId(app);
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  expect(await bed.world.introspect(fresh.access_token)).toMatchObject({ active: true, installId });
});

test('revoking the refresh token ends the install', async () => {
  expectStatus(200, await revoke(pair.refresh_token));
  await expectInactive(pair.access_token);
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  expect(await bed.world.installOf(app)).toBeUndefined();
});

test('a revocation by refresh token voids an outstanding code', async () => {
  const code = await bed.world.code(app);
  expectStatus(200, await revoke(pair.refresh_token));
  expectOAuthError(await bed.world.exchange(app, code), 'invalid_grant');
});

test('token_type_hint has no effect, whether wrong or unknown', async () => {
  expectStatus(200, await revoke(pair.access_token, app, { token_type_hint: 'refresh_token' }));
  await expectInactive(pair.access_token);
  expectStatus(200, await revoke(pair.refresh_token, app, { token_type_hint: 'something_else' }));
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
});

test('a repeated revocation succeeds and changes nothing', async () => {
  for (const token of [pair.access_token, pair.refresh_token]) {
    expectStatus(200, await revoke(token));
    await bed.tables.unchangedBy(async () => expectStatus(200, await revoke(token)));
  }
});

test('revoking an unknown token, a malformed token or another kind of credential succeeds without effect', async () => {
  const unknown = new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();
  const altered = [`${pair.access_token}x`, pair.access_token.toLowerCase()];
  for (const token of [unknown, 'malformed', 'foot_', ...altered, await bed.world.code(app), app.clientSecret]) {
    await bed.tables.unchangedBy(async () => expectStatus(200, await revoke(token)));
  }
});

test("revoking another client's tokens succeeds without effect", async () => {
  const other = await bed.world.registerApp();
  for (const token of [pair.access_token, pair.refresh_token]) {
    await bed.tables.unchangedBy(async () => expectStatus(200, await revoke(token, other)));
  }
  expect(await bed.world.isActive(pair.access_token)).toBe(true);
});

test('a replaced refresh token revokes nothing', async () => {
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  await bed.tables.unchangedBy(async () => expectStatus(200, await revoke(pair.refresh_token)));
  expect(await bed.world.isActive(fresh.access_token)).toBe(true);
});

test('repeating a revocation by refresh token after a re-install does not affect the new install', async () => {
  expectStatus(200, await revoke(pair.refresh_token));
  const fresh = await bed.world.install(app);
  expectStatus(200, await revoke(pair.refresh_token));
  expect(await bed.world.isActive(fresh.access_token)).toBe(true);
});

test('requires a token and authentication', async () => {
  await bed.tables.unchangedBy(async () => {
    expectOAuthError(await bed.world.client(app, '/oauth/revoke', {}), 'invalid_request');
    expectOAuthError(await revoke(pair.access_token, { ...app, clientSecret: 'wrong' }), 'invalid_client', 401);
  });
});

test('both kinds of revocation are audited', async () => {
  await revoke(pair.access_token);
  await revoke(pair.refresh_token);
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 2 });
  expect(events.map(({ action, performedBy }) => [action, performedBy])).toEqual([
    ['install.revoked', `app:${app.clientId}`],
    ['token.revoked', `app:${app.clientId}`],
  ]);
});
