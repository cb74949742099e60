import { expect, onTestFinished, test } from 'vitest';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp, type World } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const CONCURRENCY = 50;

type Tokens = ReturnType<typeof tokensOf>;
/** Without `expires_in`, which may differ between responses with the same pair. */
const tokensOf = ({ access_token, refresh_token, scope }: Pair) => ({ access_token, refresh_token, scope });

/** The number of refreshes in the audit log that issued a new pair. */
async function rotations({ clientId }: RegisteredApp): Promise<number> {
  return bed.tables.count('audit_events', `action = 'install.refreshed' AND client_id = '${clientId}'`);
}

/** Sends a refresh from each world at once. Expects that all get the same new pair, which is the only live one. Returns it. */
async function expectOneNewPair(app: RegisteredApp, old: Pair, worlds: readonly World[]): Promise<Tokens> {
  const responses = await Promise.all(worlds.map((world) => world.refresh(app, old.refresh_token)));
  const pairs = responses.map((response) => tokensOf(expectStatus(200, response).body));
  expect(pairs).toEqual(pairs.map(() => pairs[0]));
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
  expect(await rotations(app)).toBe(1);
  return pairs[0] as Tokens;
}

test('50 concurrent refreshes of one token all get the same new pair', async () => {
  for (let round = 0; round < 3; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.install(app);
    await bed.cache(old.access_token);
    const fresh = await expectOneNewPair(app, old, Array(CONCURRENCY).fill(bed.world));
    await bed.world.expectEverywhere(fresh.access_token, { active: true });
    await bed.world.expectEverywhere(old.access_token, { active: false });
    expectStatus(200, await bed.world.refresh(app, fresh.refresh_token));
  }
});

test('concurrent refreshes at two auth-servers all get the same new pair', async () => {
  const other = await startAuthServer(bed.system);
  onTestFinished(() => other.stop());
  for (let round = 0; round < 5; round++) {
    const app = await bed.world.registerApp();
    const worlds = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? bed.world : other.world));
    await expectOneNewPair(app, await bed.world.install(app), worlds);
  }
});

test('a revocation of the access token during a refresh never revokes the new one', async () => {
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

test('a refresh during the exchange of a re-consent leaves one live pair, that of the exchange', async () => {
  for (let round = 0; round < 10; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.install(app);
    const code = await bed.world.code(app, { scope: 'posts:read' });
    const [refreshed, exchanged] = await Promise.all([
      bed.world.refresh(app, old.refresh_token),
      bed.world.exchange(app, code),
    ]);
    const issued = expectStatus(200, exchanged).body;
    expect((await bed.world.introspect(issued.access_token)).active).toBe(true);
    expect((await bed.world.introspect(old.access_token)).active).toBe(false);
    if (refreshed.status === 200) {
      expect((await bed.world.introspect(refreshed.body.access_token)).active).toBe(false);
    } else {
      expect(refreshed.body.error).toBe('invalid_grant');
    }
    expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
  }
});
