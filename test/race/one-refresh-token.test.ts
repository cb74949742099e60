import { expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const CONCURRENCY = 50;

type Tokens = ReturnType<typeof tokensOf>;
/** The part that is the same in every response, without `expires_in`. */
const tokensOf = ({ access_token, refresh_token, scope }: Pair) => ({ access_token, refresh_token, scope });

/** From the audit log. */
async function rotations({ clientId }: RegisteredApp): Promise<number> {
  return bed.tables.count('audit_events', `action = 'install.refreshed' AND client_id = '${clientId}'`);
}

test('50 concurrent refreshes of one token all get the same new pair', async () => {
  for (let round = 0; round < 3; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.install(app);
    await bed.entries.fill(old.access_token, () => bed.world.introspectEverywhere(old.access_token));
    const responses = await Promise.all(
      Array.from({ length: CONCURRENCY }, () => bed.world.refresh(app, old.refresh_token)),
    );
    const pairs = responses.map((response) => tokensOf(expectStatus(200, response).body));
    const [fresh] = pairs as [Tokens];
    expect(pairs).toEqual(pairs.map(() => fresh));
    expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
    expect(await rotations(app)).toBe(1);
    await bed.world.expectEverywhere(fresh.access_token, { active: true });
    await bed.world.expectEverywhere(old.access_token, { active: false });
    expectStatus(200, await bed.world.refresh(app, fresh.refresh_token));
  }
});

test('a refresh with a concurrent revocation of the access token never revokes the new one', async () => {
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

test('concurrent refreshes at two auth-servers all get the same new pair', async () => {
  const other = await startAuthServer(bed.system);
  try {
    for (let round = 0; round < 5; round++) {
      const app = await bed.world.registerApp();
      const old = await bed.world.install(app);
      const worlds = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? bed.world : other.world));
      const responses = await Promise.all(worlds.map((world) => world.refresh(app, old.refresh_token)));
      const pairs = responses.map((response) => tokensOf(expectStatus(200, response).body));
      expect(pairs).toEqual(pairs.map(() => pairs[0]));
      expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
      expect(await rotations(app)).toBe(1);
    }
  } finally {
    await other.stop();
  }
});

test('refreshes with a concurrent disconnect leave nothing active and nothing to repeat', async () => {
  for (let round = 0; round < 10; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.install(app);
    const installId = await bed.world.installId(app);
    const [disconnected, ...refreshed] = await Promise.all([
      bed.world.disconnect(installId),
      ...Array.from({ length: 5 }, () => bed.world.refresh(app, old.refresh_token)),
    ]);
    expectStatus(204, disconnected);
    for (const { status, body } of refreshed) {
      if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant']);
      else expect((await bed.world.introspect(body.access_token)).active).toBe(false);
    }
    expectOAuthError(await bed.world.refresh(app, old.refresh_token), 'invalid_grant');
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('a refresh with a concurrent re-consent leaves one live pair, that of the later one', async () => {
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
