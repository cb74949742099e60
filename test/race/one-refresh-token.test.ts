import { expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const AT_ONCE = 50;

test('50 refreshes of one token at once: one gets the new pair, and it is the one that lives', async () => {
  for (let round = 0; round < 3; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.install(app);
    await bed.entries.fill(old.access_token, () => bed.world.introspectEverywhere(old.access_token));
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => bed.world.refresh(app, old.refresh_token)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    }
    expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
    const fresh = winners[0]?.body;
    for (const answer of await bed.world.introspectEverywhere(fresh.access_token)) expect(answer.active).toBe(true);
    for (const answer of await bed.world.introspectEverywhere(old.access_token)) expect(answer.active).toBe(false);
    expectStatus(200, await bed.world.refresh(app, fresh.refresh_token));
  }
});

test('a refresh against a revocation of the access token: the new access token is never the one revoked', async () => {
  const app = await bed.world.registerApp();
  let pair = await bed.world.install(app);
  for (let round = 0; round < 10; round++) {
    const [refreshed, revoked] = await Promise.all([
      bed.world.refresh(app, pair.refresh_token),
      bed.world.client(app, '/oauth/revoke', { token: pair.access_token }),
    ]);
    expectStatus(200, revoked);
    const fresh = expectStatus(200, refreshed).body;
    expect((await bed.world.introspect(pair.access_token)).active).toBe(false);
    expect((await bed.world.introspect(fresh.access_token)).active).toBe(true);
    pair = fresh;
  }
});

test('a refresh against a re-consent: one live pair, and it is the one of the later of the two', async () => {
  for (let round = 0; round < 10; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.install(app);
    const code = await bed.world.code(app, { scope: 'posts:read' });
    const [refreshed, exchanged] = await Promise.all([
      bed.world.refresh(app, old.refresh_token),
      bed.world.exchange(app, code),
    ]);
    const bought = expectStatus(200, exchanged).body;
    expect((await bed.world.introspect(bought.access_token)).active).toBe(true);
    expect((await bed.world.introspect(old.access_token)).active).toBe(false);
    if (refreshed.status === 200) {
      expect((await bed.world.introspect(refreshed.body.access_token)).active).toBe(false);
    } else {
      expect(refreshed.body.error).toBe('invalid_grant');
    }
    expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
  }
});
