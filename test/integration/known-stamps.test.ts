import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../services/auth-server/domain/stores.ts';
import { TokenInspection } from '../../services/auth-server/domain/token/token-inspection.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { newChangeId, type StampReader, TokenStateCache } from '../../services/common/token-state/cache.ts';
import { STAMP_ID_BYTES } from '../../services/common/token-state/entry.ts';
import { type StampRef, stampKey } from '../../services/common/token-state/keys.ts';
import { RedisConnection } from '../../services/common/token-state/redis-connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { redisNamespace, untilReady } from '../support/redis.ts';

const APP: StampRef = { kind: 'app', id: 1 };
const [OURS, THEIRS]: StampRef[] = [
  { kind: 'organization', id: 2 },
  { kind: 'organization', id: 3 },
] as const;
const STAMP_LIFE_S = 2;
const READY_MS = 10_000;

let clock: ManualClock;
let connection: RedisConnection;
let cache: TokenStateCache;
/** Of another auth-server. */
let otherCache: TokenStateCache;
let otherConnection: RedisConnection;
/** What each question to Postgres was about, and what happens while it is asked. */
let asked: string[][];
let whileAsked: () => Promise<void>;
/** Questions to Redis. */
let reads: number;
let inspection: TokenInspection;

beforeEach(async () => {
  clock = new ManualClock();
  const options = { ...redisNamespace(), commandTimeoutMs: READY_MS };
  [connection, otherConnection] = [new RedisConnection(options), new RedisConnection(options)];
  await untilReady(connection, otherConnection);
  cache = new TokenStateCache(connection, clock);
  otherCache = new TokenStateCache(otherConnection, clock);
  asked = [];
  whileAsked = async () => {};
  const stampsOf: Record<string, readonly StampRef[]> = { ours: [APP, OURS], theirs: [APP, THEIRS] };
  const tokens = {
    statesOf: async (hashes: readonly Buffer[]) => {
      const names = hashes.map(String);
      asked.push(names);
      await whileAsked();
      return names.map((name) => ({ inactive: 'revoked', stamps: stampsOf[name] ?? [] }));
    },
  };
  const database = { stores: { tokens } } as unknown as Database;
  const stamps: StampReader = {
    knownStamps: () => cache.knownStamps(),
    readStamps: (refs) => {
      reads++;
      return cache.readStamps(refs);
    },
  };
  reads = 0;
  const format = new CredentialFormat([randomBytes(32).toString('hex')]);
  inspection = new TokenInspection(database, stamps, format, clock);
});
afterEach(() => {
  connection?.close();
  otherConnection?.close();
});

const ask = async (...names: string[]) =>
  (await inspection.cacheableStatesOf(names.map((name) => Buffer.from(name)))).states.map(({ stamps }) => stamps);

/** The ids of these stamps as they stand in Redis, as they are in a state. */
async function standing(...refs: readonly StampRef[]): Promise<Buffer> {
  const { client, generation } = connection;
  const values = await Promise.all(refs.map((ref) => client.getBuffer(generation.key(stampKey(ref)))));
  return Buffer.concat(refs.flatMap((ref, index) => [stampKey(ref), (values[index] as Buffer).subarray(1)]));
}

async function change(by: TokenStateCache, ref: StampRef): Promise<void> {
  const id = newChangeId();
  await by.fence(id, [stampKey(ref)]);
  await by.drop(id, [stampKey(ref)]);
}

test('stamps that are not known are read, and Postgres is asked again about what hangs below them', async () => {
  await ask('ours');
  asked = [];
  const [unknown, ours, theirs] = await ask('unknown', 'ours', 'theirs');
  expect(asked).toEqual([['unknown', 'ours', 'theirs'], ['theirs']]);
  expect(unknown).toEqual(Buffer.alloc(0));
  expect(ours).toEqual(await standing(APP, OURS));
  expect(theirs).toEqual(await standing(APP, THEIRS));
});

test('known stamps cost one question to Postgres and none to Redis', async () => {
  await ask('ours', 'theirs');
  asked = [];
  reads = 0;
  const [ours] = await ask('ours', 'theirs');
  expect(ours).toEqual(await standing(APP, OURS));
  expect(asked).toHaveLength(1);
  expect(reads).toBe(0);
});

test('a stamp that was read while Postgres was asked is not for that answer', async () => {
  whileAsked = async () => {
    whileAsked = async () => {};
    await cache.readStamps([APP, OURS]);
  };
  const [ours] = await ask('ours');
  expect(asked).toEqual([['ours'], ['ours']]);
  expect(ours).toEqual(await standing(APP, OURS));
});

test('a stamp that was replaced while Postgres was asked is not for that answer', async () => {
  await ask('ours');
  asked = [];
  whileAsked = async () => {
    whileAsked = async () => {};
    await change(otherCache, OURS);
    await cache.readStamps([OURS]);
  };
  await ask('ours');
  expect(asked).toHaveLength(2);
});

test('a stamp that this auth-server changes is forgotten at once', async () => {
  await ask('ours', 'theirs');
  asked = [];
  await change(cache, OURS);
  const [ours] = await ask('ours', 'theirs');
  expect(asked).toEqual([['ours', 'theirs'], ['ours']]);
  expect(ours).toEqual(await standing(APP, OURS));
});

test('one that another auth-server changes is used until its time is over, and then read again', async () => {
  await ask('ours');
  const [before] = await ask('ours');
  await change(otherCache, OURS);
  await otherCache.readStamps([OURS]);
  clock.advance(STAMP_LIFE_S - 1);
  expect(await ask('ours')).toEqual([before]);
  expect(before).not.toEqual(await standing(APP, OURS));
  clock.advance(1);
  expect(await ask('ours')).toEqual([await standing(APP, OURS)]);
});

test('a fenced stamp is not asked for again, and what hangs below it is not cached', async () => {
  await cache.fence(newChangeId(), [stampKey(OURS)]);
  const [ours, theirs] = await ask('ours', 'theirs');
  expect(ours).toBeUndefined();
  expect(theirs).toHaveLength(2 * (stampKey(APP).length + STAMP_ID_BYTES));
  expect(asked).toEqual([['ours', 'theirs'], ['theirs']]);
});

test('nothing is remembered beyond the connection, not even in the same generation', async () => {
  await ask('ours');
  asked = [];
  const { id } = connection.generation;
  connection.client.disconnect(true);
  await expect.poll(() => connection.isReady && connection.generation.id !== id).toBe(true);
  expect(connection.generation.id).toEqual(id);
  await ask('ours');
  expect(asked).toHaveLength(2);
});

test('without Redis nothing is cacheable, and Postgres is asked once', async () => {
  await ask('ours');
  asked = [];
  connection.close();
  await expect.poll(() => connection.isReady).toBe(false);
  expect(await ask('ours')).toEqual([undefined]);
  expect(asked).toHaveLength(1);
});
