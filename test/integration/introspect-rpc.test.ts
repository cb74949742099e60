import { expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { GLOBEX, TARGET_ADMIN } from '../support/world.ts';

/** A state is fresh for a random time between these (state-loader.ts). */
const MIN_FRESH_S = 50;
const MAX_FRESH_S = 70;
const clock = new ManualClock();
const bed = testBed({ clock });

const unknownToken = () => new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();

test('an active token is described in full, from auth-server and then from the cache', async () => {
  const app = await bed.world.registerApp();
  const { access_token: token } = await bed.world.install(app, { actor: 'self' });
  const issuedAt = BigInt(Math.floor(clock.now() / 1_000));
  const expected = {
    active: true,
    inactiveReason: InactiveReason.UNSPECIFIED,
    clientId: app.clientId,
    installId: await bed.world.installId(app),
    organization: { id: GLOBEX, subdomain: 'globex' },
    actor: { mode: ActorMode.SELF, userId: BigInt(TARGET_ADMIN) },
    scopes: ['posts:read', 'posts:write', 'comments:read'],
    issuedAt: { seconds: issuedAt },
    expiresAt: { seconds: issuedAt + 86_400n },
  };
  expect(await bed.world.introspect(token)).toMatchObject(expected);
  await bed.cache(token);
  expect(await bed.world.introspect(token)).toMatchObject(expected);
});

test('an inactive token has a reason and nothing else', async () => {
  for (const [token, inactiveReason] of [
    ['', InactiveReason.MALFORMED],
    ['malformed', InactiveReason.MALFORMED],
    [unknownToken(), InactiveReason.UNKNOWN],
  ] as const) {
    const { $typeName: _type, ...response } = await bed.world.introspect(token);
    expect(response).toEqual({ active: false, inactiveReason, clientId: '', installId: '', scopes: [] });
  }
});

test('a cached state expires with its token', async () => {
  const app = await bed.world.registerApp();
  const { access_token: token } = await bed.world.install(app);
  clock.advance(86_390);
  await bed.cache(token);
  clock.advance(9);
  expect((await bed.world.introspect(token)).active).toBe(true);
  clock.advance(1);
  expect(await bed.entries.kindOf(token)).toBe('S');
  expect(await bed.world.introspect(token)).toMatchObject({ active: false, inactiveReason: InactiveReason.EXPIRED });
});

test('a slightly stale state is returned and then renewed, a very stale one is renewed first', async () => {
  const app = await bed.world.registerApp();
  const { access_token: token } = await bed.world.install(app);
  await bed.cache(token);
  const scopes = async () => (await bed.world.introspect(token)).scopes;
  // Bypasses the invalidation, so that the cached state differs from that of auth-server.
  const grant = async (granted: string) =>
    bed.tables.rows('UPDATE installs SET granted_scopes = $2 WHERE id = $1', [await bed.world.installId(app), granted]);
  await grant('{posts:read}');
  clock.advance(MIN_FRESH_S - 1);
  expect(await scopes()).toHaveLength(3);
  clock.advance(MAX_FRESH_S - MIN_FRESH_S + 1);
  expect(await scopes()).toHaveLength(3);
  await expect.poll(scopes).toEqual(['posts:read']);
  await grant('{posts:write}');
  clock.advance(2 * MAX_FRESH_S);
  expect(await scopes()).toEqual(['posts:write']);
});

test('an unknown token is cached as inactive', async () => {
  const token = unknownToken();
  await bed.cache(token);
  expect((await bed.world.introspect(token)).inactiveReason).toBe(InactiveReason.UNKNOWN);
});

test('installs show when a token was last introspected, also while it stays in use and after another consent', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const lastUsedAt = async () => (await bed.world.installOf(app)).last_used_at;
  expect(await lastUsedAt()).toBeNull();
  for (let use = 0; use < 3; use++) {
    await bed.world.introspect(pair.access_token);
    await expect.poll(lastUsedAt, { timeout: 20_000 }).toBe(new Date(clock.now()).toISOString());
    clock.advance(MAX_FRESH_S + 1);
  }
  const used = await lastUsedAt();
  await bed.world.install(app);
  expect(await lastUsedAt()).toBe(used);
});
