import { expect, onTestFinished, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse } from '../support/world.ts';

const bed = testBed({ replicas: 2 });

test('replays of a code with a concurrent refresh of its pair leave nothing active', async () => {
  for (let round = 0; round < 10; round++) {
    const app = await bed.world.registerApp();
    const code = await bed.world.code(app);
    const pair = expectStatus(200, await bed.world.exchange(app, code)).body;
    const [refreshed, ...replays] = await Promise.all([
      bed.world.refresh(app, pair.refresh_token),
      ...Array.from({ length: 5 }, () => bed.world.exchange(app, code)),
    ]);
    for (const replay of replays) expectOAuthError(replay, 'invalid_grant');
    const tokens = [pair.access_token, ...(refreshed.status === 200 ? [refreshed.body.access_token] : [])];
    for (const token of tokens) await bed.world.expectEverywhere(token, { active: false });
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('a replay of a code during the exchange of a newer one does not affect the new pair', async () => {
  for (let round = 0; round < 10; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.code(app);
    expectStatus(200, await bed.world.exchange(app, old));
    const code = await bed.world.code(app);
    const [exchanged, replay] = await Promise.all([bed.world.exchange(app, code), bed.world.exchange(app, old)]);
    expectOAuthError(replay, 'invalid_grant');
    const fresh = expectStatus(200, exchanged).body;
    await bed.world.expectEverywhere(fresh.access_token, { active: true });
  }
});

test('of concurrent exchanges of a code at two auth-servers, one issues a pair, and the other revokes it as a replay', async () => {
  const other = await startAuthServer(bed.system);
  onTestFinished(() => other.stop());
  for (let round = 0; round < 5; round++) {
    const app = await bed.world.registerApp();
    const code = await bed.world.code(app);
    const responses = await Promise.all([bed.world.exchange(app, code), other.world.exchange(app, code)]);
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400]);
    expectOAuthError(responses.find(({ status }) => status === 400) as HttpResponse, 'invalid_grant');
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});
