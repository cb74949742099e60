import { expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import type { RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });

const introspect = (app: RegisteredApp, token: string, parameters: Record<string, string> = {}) =>
  bed.world.client(app, '/oauth/introspect', { token, ...parameters });

async function expectInactive(app: RegisteredApp, token: string): Promise<void> {
  const { status, body } = await introspect(app, token);
  expect({ status, body }).toEqual({ status: 200, body: { active: false } });
}

test("describes a client's own access token (RFC 7662 section 2.2)", async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app, { actor: 'self', scope: 'posts:write posts:read' });
  const response = await introspect(app, pair.access_token, { token_type_hint: 'refresh_token' });
  const issuedAt = Math.floor(clock.now() / 1_000);
  expect(response.status).toBe(200);
  expect(response.body).toEqual({
    active: true,
    scope: 'posts:read posts:write',
    client_id: app.clientId,
    token_type: 'Bearer',
    sub: '2',
    iat: issuedAt,
    exp: issuedAt + 86_400,
    actor: 'self',
    organization: { id: 2, subdomain: 'globex' },
    install_id: await bed.world.installId(app),
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('the scope is what the user may do now', async () => {
  const organization = await bed.world.newOrganization();
  const app = await bed.world.registerApp();
  const { access_token: token } = await bed.world.installInto(organization, app, { actor: 'self' });
  await bed.world.setRole(organization.id, organization.admin, Role.COLLABORATOR);
  expect((await introspect(app, token)).body).toMatchObject({ active: true, scope: 'posts:read comments:read' });
  await bed.world.removeMember(organization);
  await expectInactive(app, token);
});

test('an expired, revoked or replaced token is inactive without details', async () => {
  const app = await bed.world.registerApp();
  const expired = await bed.world.install(app);
  clock.advance(86_400);
  await expectInactive(app, expired.access_token);
  const { body: replaced } = await bed.world.refresh(app, expired.refresh_token);
  const { body: revoked } = await bed.world.refresh(app, replaced.refresh_token);
  await expectInactive(app, replaced.access_token);
  await bed.world.client(app, '/oauth/revoke', { token: revoked.access_token });
  await expectInactive(app, revoked.access_token);
});

test("another client's access and refresh tokens are inactive", async () => {
  const [app, other] = [await bed.world.registerApp(), await bed.world.registerApp()];
  const pair = await bed.world.install(app);
  await expectInactive(other, pair.access_token);
  await expectInactive(other, pair.refresh_token);
});

test('a refresh token, a code, a secret and malformed tokens are inactive', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const code = await bed.world.code(app);
  for (const token of [pair.refresh_token, code, app.clientSecret, app.clientId, 'malformed', '\0', 'é'.repeat(500)]) {
    await expectInactive(app, token);
  }
});

test('requires client authentication and a token', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  expectOAuthError(await introspect({ ...app, clientSecret: 'wrong' }, pair.access_token), 'invalid_client', 401);
  expectOAuthError(await bed.world.client(app, '/oauth/introspect', {}), 'invalid_request');
});
