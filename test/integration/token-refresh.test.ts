import { expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ replicas: 3, clock });

test('a refresh responds like an exchange, with scopes in catalog order', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app, { scope: 'comments:read posts:read' });
  const response = await bed.world.refresh(app, pair.refresh_token);
  expect(response.status).toBe(200);
  expect(response.body).toEqual({
    access_token: expect.stringMatching(/^foot_[0-9A-Za-z]{38}$/),
    refresh_token: expect.stringMatching(/^foor_[0-9A-Za-z]{38}$/),
    token_type: 'Bearer',
    expires_in: 86_400,
    scope: 'posts:read comments:read',
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('a refresh replaces the pair: same install, one live pair, the old access token inactive everywhere', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const old = await world.install(app);
  const installId = await world.installId(app);
  await bed.cache(old.access_token);
  const fresh = expectStatus(200, await world.refresh(app, old.refresh_token)).body;
  await world.expectEverywhere(old.access_token, { active: false, inactiveReason: InactiveReason.REVOKED });
  await world.expectEverywhere(fresh.access_token, { active: true, installId });
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
});

test('a refresh works after the access token expired, and the new one is valid for a day', async () => {
  const app = await bed.world.registerApp();
  const old = await bed.world.install(app);
  expect(await bed.world.isActive(old.access_token)).toBe(true);
  clock.advance(86_399);
  expect(await bed.world.isActive(old.access_token)).toBe(true);
  clock.advance(1);
  expect(await bed.world.introspect(old.access_token)).toMatchObject({
    active: false,
    inactiveReason: InactiveReason.EXPIRED,
  });
  const fresh = expectStatus(200, await bed.world.refresh(app, old.refresh_token)).body;
  expect(Number((await bed.world.introspect(fresh.access_token)).expiresAt?.seconds)).toBe(
    Math.floor(clock.now() / 1_000) + 86_400,
  );
});

test('a refresh token does not expire', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  clock.advance(400 * 86_400);
  expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
});

test('a refresh with fewer scopes returns all granted ones', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const { body } = expectStatus(200, await bed.world.refresh(app, pair.refresh_token, { scope: 'posts:read' }));
  expect(body.scope).toBe('posts:read posts:write comments:read');
});

test('a refresh is rejected while app, owner or target is suspended, without consuming the token', async () => {
  const { world } = bed;
  const [owner, target] = [await world.newOrganization(), await world.newOrganization()];
  const app = await world.registerApp({}, owner);
  let pair = await world.installInto(target, app);
  const suspensions: [suspend: () => Promise<unknown>, resume: () => Promise<unknown>][] = [
    [() => world.suspendApp(app), () => world.resumeApp(app)],
    [() => world.suspend(owner), () => world.activate(owner)],
    [() => world.suspend(target), () => world.activate(target)],
  ];
  for (const [suspend, resume] of suspensions) {
    await suspend();
    await bed.tables.unchangedBy(async () =>
      expectOAuthError(await world.refresh(app, pair.refresh_token), 'unauthorized_client'),
    );
    await resume();
    pair = expectStatus(200, await world.refresh(app, pair.refresh_token)).body;
  }
});
