import { beforeEach, expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, GLOBEX, type Pair, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ replicas: 2, clock });
let app: RegisteredApp;
let pair: Pair;
beforeEach(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

/** Expects that the client cannot use the first refresh token, and that trying changes nothing. */
async function expectRejected(client: RegisteredApp): Promise<void> {
  const refresh = () => bed.world.refresh(client, pair.refresh_token);
  await bed.tables.unchangedBy(async () => expectOAuthError(await refresh(), 'invalid_grant'));
}

const reuseEvents = async () => {
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 100 });
  return events.filter(({ action }) => action === 'token.refresh_reused');
};

test('refresh without client authentication is rejected and does not use up the token', async () => {
  const body = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
  await bed.tables.unchangedBy(async () => {
    for (const more of [{}, { client_id: app.clientId }, { client_id: app.clientId, client_secret: 'guess' }]) {
      const form = new URLSearchParams({ ...body, ...more });
      expectOAuthError(await bed.world.http('POST', '/oauth/token', { body: form }), 'invalid_client', 401);
    }
  });
  expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
});

test('refresh with another client’s credentials is rejected, does not use up the token and is not audited as reuse', async () => {
  const otherApp = await bed.world.registerApp();
  await expectRejected(otherApp);
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  await expectRejected(otherApp);
  expect(await bed.world.isActive(fresh.access_token)).toBe(true);
});

test('an old refresh token a minute after rotation is invalid_grant, audited as reuse, and the live pair stays valid', async () => {
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  clock.advance(60);
  for (let again = 1; again <= 2; again++) {
    expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
    expect(await reuseEvents()).toHaveLength(again);
  }
  const event = { performedBy: `app:${app.clientId}`, organizationId: GLOBEX, ipAddress: '127.0.0.1' };
  expect(await reuseEvents()).toMatchObject([event, event]);
  await bed.world.expectEverywhere(fresh.access_token, { active: true });
  expectStatus(200, await bed.world.refresh(app, fresh.refresh_token));
});

test('a refresh token from many rotations ago is also rejected and audited', async () => {
  let live = pair;
  for (let rotation = 0; rotation < 5; rotation++) {
    live = expectStatus(200, await bed.world.refresh(app, live.refresh_token)).body;
  }
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  expect(await reuseEvents()).toHaveLength(1);
  expect(await bed.world.isActive(live.access_token)).toBe(true);
});

test('a refresh token of an install that has ended is rejected, also after a re-install', async () => {
  await bed.world.disconnect(await bed.world.installId(app));
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  const second = await bed.world.install(app);
  await expectRejected(app);
  expect(await bed.world.isActive(second.access_token)).toBe(true);
});
