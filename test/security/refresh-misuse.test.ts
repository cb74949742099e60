import { beforeEach, expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ replicas: 2, clock });
let app: RegisteredApp;
let pair: Pair;
beforeEach(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

const reuseEvents = async () => {
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 100 });
  return events.filter(({ action }) => action === 'token.refresh_reused');
};

test('refresh without client authentication is rejected and does not use up the token', async () => {
  const body = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
  await bed.tables.unchangedBy(async () => {
    for (const more of [{}, { client_id: app.clientId }, { client_id: app.clientId, client_secret: 'guess' }]) {
      const response = await bed.world.http('POST', '/oauth/token', {
        body: new URLSearchParams({ ...body, ...more }),
      });
      expectOAuthError(response, 'invalid_client', 401);
    }
  });
  expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
});

test('refresh with another client’s credentials is rejected, does not use up the token and is not audited as reuse', async () => {
  const otherApp = await bed.world.registerApp();
  await bed.tables.unchangedBy(async () =>
    expectOAuthError(await bed.world.refresh(otherApp, pair.refresh_token), 'invalid_grant'),
  );
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  await bed.tables.unchangedBy(async () =>
    expectOAuthError(await bed.world.refresh(otherApp, pair.refresh_token), 'invalid_grant'),
  );
  expect((await bed.world.introspect(fresh.access_token)).active).toBe(true);
});

test('an old refresh token a minute after rotation is invalid_grant, audited as reuse, and the live pair stays valid', async () => {
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  clock.advance(60);
  for (let again = 1; again <= 2; again++) {
    expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
    expect(await reuseEvents()).toHaveLength(again);
  }
  expect(await reuseEvents()).toMatchObject(
    Array.from({ length: 2 }, () => ({
      performedBy: `app:${app.clientId}`,
      organizationId: 2n,
      ipAddress: '127.0.0.1',
    })),
  );
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
  expect((await bed.world.introspect(live.access_token)).active).toBe(true);
});

test('a refresh token of an install that has ended is rejected, also after a re-install', async () => {
  await bed.world.disconnect(await bed.world.installId(app));
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  const again = await bed.world.install(app);
  await bed.tables.unchangedBy(async () =>
    expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant'),
  );
  expect((await bed.world.introspect(again.access_token)).active).toBe(true);
});
