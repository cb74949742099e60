import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../scripts/dependencies/redis.ts';
import { RedisConnection } from '../../services/auth-server/token-state/redis-connection.ts';
import { AppError } from '../../services/common/errors/app-error.ts';
import { encodeState, ID_BYTES } from '../../services/common/token-state/entry.ts';
import { tokenKey } from '../../services/common/token-state/keys.ts';
import { AuthServerClient } from '../../services/introspection/read-path/auth-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { entryCache, readPathOver } from '../support/read-path.ts';
import { untilReady } from '../support/redis.ts';

const COMMAND_TIMEOUT_MS = 10_000;
const LIFETIME_MS = 3_600_000;
const RESPONSE = 'the response';

/** A read path whose auth-server is unreachable, and a way to fill its cache. */
async function pathOf(clock: ManualClock) {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = { url: server.url, keyPrefix: 'stale:', commandTimeoutMs: COMMAND_TIMEOUT_MS };
  const connection = new RedisConnection(redis);
  onTestFinished(() => connection.close());
  const cache = await entryCache(redis);
  onTestFinished(() => cache.close());
  const authServer = new AuthServerClient({ addresses: ['127.0.0.1:1'], serviceToken: 'none', timeoutMs: 1_000 });
  onTestFinished(() => authServer.close());
  const source = { getTokenStates: (hashes: readonly Buffer[]) => authServer.getTokenStates(hashes, 'main') };
  const { introspect, ...path } = readPathOver(cache, source, clock);
  await untilReady(connection);
  const put = async (freshUntil: number) => {
    const hash = randomBytes(32);
    const state = encodeState(randomBytes(ID_BYTES), freshUntil, 0, Buffer.alloc(0), Buffer.from(RESPONSE));
    await connection.client.set(connection.generation.key(tokenKey(hash)), state, 'PX', LIFETIME_MS);
    return hash;
  };
  const response = (hash: Buffer) => introspect(hash, clock.now() + 1_000);
  return { path, put, response };
}

test('serves a stale state of any age while auth-server is unreachable', async () => {
  const clock = new ManualClock();
  const { path, put, response } = await pathOf(clock);
  expect(await response(await put(clock.now() - 1))).toBe(RESPONSE);
  const hash = await put(clock.now() - 3_000_000);
  for (let round = 0; round < 3; round++) expect(await response(hash)).toBe(RESPONSE);
  expect(path.reader.counts).toEqual({ fresh: 0, stale: 4, missed: 0, unreachable: 0 });
});

test('after a failed request to auth-server, stale states are served without further requests', async () => {
  const clock = new ManualClock();
  const { path, put, response } = await pathOf(clock);
  await expect(response(randomBytes(32))).rejects.toBeInstanceOf(AppError);
  const requests = path.loader.counts.requests;
  for (let round = 0; round < 5; round++) expect(await response(await put(clock.now() - 1))).toBe(RESPONSE);
  expect(path.loader.counts.requests).toBe(requests);
});
