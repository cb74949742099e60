import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisNode } from '../support/redis-node.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type RegisteredApp } from '../support/world.ts';

const LIMIT = 5;
const MALFORMED_REFRESH = { grant_type: 'refresh_token', refresh_token: 'foor_x' };
const withWrongSecret = (app: RegisteredApp) => ({ ...app, clientSecret: `${app.clientSecret.slice(0, -1)}!` });

describe('wrong credentials', () => {
  const bed = testBed({ clientFailuresPerMinute: LIMIT, trustedProxies: '127.0.0.1' });

  /** Sends a request as a trusted proxy does for a client at that address. */
  const callFrom = (
    address: string,
    { clientId, clientSecret }: RegisteredApp,
    path = '/oauth/token',
    fields = MALFORMED_REFRESH,
  ) =>
    bed.world.http('POST', path, {
      body: new URLSearchParams({ ...fields, client_id: clientId, client_secret: clientSecret }),
      headers: { 'x-forwarded-for': address },
    });

  test('a wrong client secret is rate-limited; the right one still works, and so do those of other apps', async () => {
    const app = await bed.world.registerApp();
    const pair = await bed.world.install(app);
    for (let failure = 0; failure < LIMIT; failure++) {
      expectStatus(401, await bed.world.refresh(withWrongSecret(app), pair.refresh_token));
    }
    const limited = expectStatus(429, await bed.world.refresh(withWrongSecret(app), pair.refresh_token));
    expect(limited.body.error).toBe('temporarily_unavailable');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);

    const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
    const token = fresh.access_token;
    expect((await bed.world.client(app, '/oauth/introspect', { token })).body.active).toBe(true);
    expectStatus(200, await bed.world.client(app, '/oauth/revoke', { token: fresh.refresh_token }));
    await bed.world.install(await bed.world.registerApp());
  });

  test('wrong codes and refresh tokens share a limit; valid ones, revocation and the limit for wrong secrets are not affected', async () => {
    const app = await bed.world.registerApp();
    const wrongCode = () => bed.world.exchange(app, `fooc_${'a'.repeat(38)}`);
    for (let failure = 0; failure < LIMIT; failure++) expectStatus(400, await wrongCode());
    expectStatus(429, await wrongCode());
    expectStatus(429, await bed.world.refresh(app, `foor_${'a'.repeat(38)}`));
    const pair = expectStatus(200, await bed.world.exchange(app, await bed.world.code(app))).body;
    const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
    expectStatus(200, await bed.world.client(app, '/oauth/revoke', { token: fresh.refresh_token }));
    expectStatus(401, await bed.world.refresh(withWrongSecret(app), fresh.refresh_token));
  });

  test('failures are counted per client address that a trusted proxy reports', async () => {
    const app = await bed.world.registerApp();
    const guess = (address: string) => callFrom(address, withWrongSecret(app));
    for (let failure = 0; failure < LIMIT; failure++) expectStatus(401, await guess('192.0.2.1'));
    expectStatus(429, await guess('192.0.2.1'));
    expectStatus(429, await guess('6.6.6.6, 192.0.2.1'));
    expectStatus(401, await guess('192.0.2.2'));
  });

  test('the audit log has the client address that a trusted proxy reports', async () => {
    const app = await bed.world.registerApp();
    const { refresh_token } = await bed.world.install(app);
    expectStatus(200, await callFrom('192.0.2.3', app, '/oauth/token', { grant_type: 'refresh_token', refresh_token }));
    const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId });
    expect(events.find(({ action }) => action === 'install.refreshed')?.ipAddress).toBe('192.0.2.3');
  });
});

describe('during outages of Redis', () => {
  const options = { clientFailuresPerMinute: LIMIT, redisUrl: '' };
  let redis: RedisNode;
  let successor: RedisNode;
  beforeAll(async () => {
    [redis, successor] = [await RedisNode.start(), await RedisNode.start()];
    options.redisUrl = `redis://127.0.0.1:${redis.port}`;
  });
  const bed = testBed(options);
  afterAll(() => Promise.all([redis?.stop(), successor?.stop()]));

  const LIMITED = [...Array(LIMIT).fill(401), ...Array(LIMIT).fill(429)];
  /** The statuses of the responses to twice as many wrong secrets as the limit. */
  const guesses = async (app: RegisteredApp): Promise<number[]> => {
    const statuses: number[] = [];
    while (statuses.length < LIMITED.length) statuses.push(await guess(app));
    return statuses;
  };
  const guess = async (app: RegisteredApp) => (await bed.world.refresh(withWrongSecret(app), 'foor_x')).status;

  test('limits wrong secrets while Redis is demoted, while it is down, and after it has restarted empty', async () => {
    // One app for each state of Redis, so that their failures are counted separately.
    const demoted = await bed.world.registerApp();
    const down = await bed.world.registerApp();
    const restarted = await bed.world.registerApp();
    await redis.follow(successor);
    expect(await guesses(demoted)).toEqual(LIMITED);
    await redis.kill();
    expect(await guesses(down)).toEqual(LIMITED);
    await redis.restart('lose');
    const countedInRedis = async () => {
      await guess(restarted);
      return await redis.command('KEYS', '*failures*');
    };
    await expect.poll(countedInRedis).toHaveLength(1);
    expect((await guesses(restarted)).at(-1)).toBe(429);
  });
});
