import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../services/auth-server/domain/stores.ts';
import { TokenInspection } from '../../services/auth-server/domain/token/token-inspection.ts';
import { newChangeId, TokenStateCache } from '../../services/auth-server/token-state/cache.ts';
import { RedisConnection } from '../../services/auth-server/token-state/redis-connection.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import {
  type CacheKey,
  STAMPS_VERSION_KEY,
  type StampRef,
  stampKey,
  tokenKey,
} from '../../services/common/token-state/keys.ts';
import { redisNamespace, untilReady } from '../support/redis.ts';

const APP: StampRef = { kind: 'app', id: 1 };
const OURS: StampRef = { kind: 'organization', id: 2 };
const THEIRS: StampRef = { kind: 'organization', id: 3 };
const COMMAND_TIMEOUT_MS = 10_000;

let connection: RedisConnection;
let cache: TokenStateCache;
/** The cache and the connection of another auth-server. */
let otherCache: TokenStateCache;
let otherConnection: RedisConnection;
/** The token hashes of each query to Postgres, and a callback that runs during the query. */
let queries: string[][];
let duringQuery: () => Promise<void>;
let inspection: TokenInspection;

beforeEach(async () => {
  const options = { ...redisNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS };
  [connection, otherConnection] = [new RedisConnection(options), new RedisConnection(options)];
  await untilReady(connection, otherConnection);
  cache = new TokenStateCache(connection);
  otherCache = new TokenStateCache(otherConnection);
  queries = [];
  duringQuery = async () => {};
  const stampsOf: Record<string, readonly StampRef[]> = { ours: [APP, OURS], theirs: [APP, THEIRS] };
  const tokens = {
    statesOf: async (hashes: readonly Buffer[]) => {
      const names = hashes.map(String);
      queries.push(names);
      await duringQuery();
      const states = names.map((name) => ({ inactive: 'revoked', stamps: stampsOf[name] ?? [] }));
      return { states, cacheNodes: ['main'] };
    },
  };
  const database = { stores: { tokens } } as unknown as Database;
  const format = new CredentialFormat([randomBytes(32).toString('hex')]);
  inspection = new TokenInspection(database, { stampsAt: () => cache }, format, systemClock);
});
afterEach(() => {
  connection?.close();
  otherConnection?.close();
});

async function lookUp(...names: string[]) {
  const hashes = names.map((name) => Buffer.from(name));
  return (await inspection.cacheableStatesOf(hashes, 'main')).states.map(({ stamps }) => stamps);
}

/** These stamps with their current ids in Redis, encoded as in a state. */
async function currentStamps(...refs: readonly StampRef[]): Promise<Buffer> {
  const { client, generation } = connection;
  const values = await Promise.all(refs.map((ref) => client.getBuffer(generation.key(stampKey(ref)))));
  return Buffer.concat(refs.flatMap((ref, index) => [stampKey(ref), (values[index] as Buffer).subarray(1)]));
}

async function change(by: TokenStateCache, key: CacheKey): Promise<void> {
  const id = newChangeId();
  await by.fence(id, [key]);
  await by.drop(id, [key]);
}

test('the first request reads the states twice, later ones once, also for tokens with new stamps', async () => {
  expect(await lookUp('ours')).toEqual([await currentStamps(APP, OURS)]);
  expect(queries).toEqual([['ours'], ['ours']]);
  queries = [];
  const [unknown, ours, theirs] = await lookUp('unknown', 'ours', 'theirs');
  expect(queries).toEqual([['unknown', 'ours', 'theirs']]);
  expect(unknown).toEqual(Buffer.alloc(0));
  expect(ours).toEqual(await currentStamps(APP, OURS));
  expect(theirs).toEqual(await currentStamps(APP, THEIRS));
});

test.each(['this', 'another'])('reads the states again if %s auth-server drops a stamp meanwhile', async (who) => {
  await lookUp('ours');
  queries = [];
  duringQuery = async () => {
    duringQuery = async () => {};
    await change(who === 'this' ? cache : otherCache, stampKey(OURS));
    await cache.readStamps([OURS]); // as another look-up does; the cache then knows the new version
  };
  expect(await lookUp('ours')).toEqual([await currentStamps(APP, OURS)]);
  expect(queries).toHaveLength(2);
  await lookUp('ours');
  expect(queries).toHaveLength(3);
});

test('requests read the states twice during a change of a stamp, and once from the second request after it', async () => {
  await lookUp('ours');
  queries = [];
  const id = newChangeId();
  await otherCache.fence(id, [stampKey(THEIRS)]);
  for (let time = 0; time < 2; time++) expect(await lookUp('ours')).toEqual([await currentStamps(APP, OURS)]);
  expect(queries).toHaveLength(4);
  await otherCache.drop(id, [stampKey(THEIRS)]);
  await lookUp('ours');
  queries = [];
  await lookUp('ours');
  expect(queries).toHaveLength(1);
});

test('detects that a fence was lost together with its stamp', async () => {
  await lookUp('ours');
  const id = newChangeId();
  duringQuery = async () => {
    duringQuery = async () => {};
    await otherCache.fence(id, [stampKey(OURS)]);
    await connection.client.del(connection.generation.key(stampKey(OURS)));
  };
  queries = [];
  expect(await lookUp('ours')).toEqual([await currentStamps(APP, OURS)]);
  expect(queries).toHaveLength(2);
});

test('a change of one token does not cause a second read', async () => {
  await lookUp('ours');
  queries = [];
  duringQuery = async () => {
    await change(cache, tokenKey(randomBytes(32)));
  };
  await lookUp('ours');
  expect(queries).toHaveLength(1);
});

test('a lost version counts as replaced', async () => {
  await lookUp('ours');
  queries = [];
  await connection.client.del(connection.generation.key(STAMPS_VERSION_KEY));
  expect(await lookUp('ours')).toEqual([await currentStamps(APP, OURS)]);
  expect(queries).toHaveLength(2);
});

test('a state with a fenced stamp is not cacheable', async () => {
  await cache.fence(newChangeId(), [stampKey(OURS)]);
  const [ours, theirs] = await lookUp('ours', 'theirs');
  expect(ours).toBeUndefined();
  expect(theirs).toEqual(await currentStamps(APP, THEIRS));
});

test('the version is not known after a reconnect, even in the same generation', async () => {
  await lookUp('ours');
  queries = [];
  const { id } = connection.generation;
  connection.client.disconnect(true);
  // After the reconnect the id is a new buffer with the same bytes.
  await expect.poll(() => connection.isReady && connection.generation.id !== id).toBe(true);
  expect(connection.generation.id).toEqual(id);
  await lookUp('ours');
  expect(queries).toHaveLength(2);
});

test('without Redis nothing is cacheable, and Postgres is read once', async () => {
  await lookUp('ours');
  queries = [];
  connection.close();
  await expect.poll(() => connection.isReady).toBe(false);
  expect(await lookUp('ours')).toEqual([undefined]);
  expect(queries).toHaveLength(1);
});
