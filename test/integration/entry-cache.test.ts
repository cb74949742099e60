import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../scripts/dependencies/redis.ts';
import { newChangeId, TokenStateCache } from '../../services/auth-server/token-state/cache.ts';
import { RedisConnection } from '../../services/auth-server/token-state/redis-connection.ts';
import { within } from '../../services/common/process/within.ts';
import { encodeLease, encodeState, ID_BYTES, STAMP_BYTES } from '../../services/common/token-state/entry.ts';
import { type StampRef, stampKey, tokenKey } from '../../services/common/token-state/keys.ts';
import { cacheAt, closeAfterTest, INVALID, optionsOf, read, TIMEOUT_MS, UNREACHABLE } from '../support/entry-cache.ts';
import { untilReady } from '../support/redis.ts';

/** A timeout that no command reaches. */
const LONG_TIMEOUT_MS = 10_000;
const APP: StampRef = { kind: 'app', id: 1 };

async function redisOf(port?: number) {
  const redis = await startRedis(port === undefined ? {} : { port });
  onTestFinished(() => redis.stop());
  return redis;
}

/** A connection of an operator. */
function operatorOf({ url }: { readonly url: string }): Redis {
  const operator = new Redis(url);
  onTestFinished(() => operator.disconnect());
  return operator;
}

/** The encoded state of a token, which depends on no stamps. */
const stateOf = (response: string) => encodeState(randomBytes(ID_BYTES), 1, 0, Buffer.alloc(0), Buffer.from(response));

/** The cache as introspection uses it (`reader`) and as auth-server does (`changes`), over one Redis. */
async function cachesAt(url: string, timeoutMs?: number) {
  const reader = cacheAt(url, timeoutMs);
  const connection = closeAfterTest(new RedisConnection(optionsOf(url, LONG_TIMEOUT_MS)));
  await untilReady(reader, connection);
  const changes = new TokenStateCache(connection);
  /** Fills an entry as a miss does, with the current stamps of `refs`. Returns whether it got the lease. */
  const fill = async (hash: Buffer, response: string, refs: readonly StampRef[] = []) => {
    const claim = encodeLease(randomBytes(ID_BYTES));
    const [taken] = await reader.lease([hash], claim);
    const known = await changes.readStamps(refs);
    const stamps = known.encode(refs) as Buffer;
    const state = encodeState(randomBytes(ID_BYTES), Date.now(), 0, stamps, Buffer.from(response));
    reader.fill([{ tokenHash: hash, claim, state, ttlMs: 60_000 }], known.generation);
    return taken;
  };
  /** Fills an entry and reads it. Returns the token hash. */
  const filled = async (response: string, refs: readonly StampRef[] = []) => {
    const hash = randomBytes(32);
    await fill(hash, response, refs);
    expect(await read(reader, hash)).toBe(response);
    return hash;
  };
  return { reader, connection, changes, fill, filled };
}

describe('reads', () => {
  test('thousands of concurrent reads each get their own entry, or nothing', async () => {
    const { url } = await redisOf();
    const { reader, connection } = await cachesAt(url, LONG_TIMEOUT_MS);
    const hashes = Array.from({ length: 3_500 }, () => randomBytes(32));
    const isFilled = (index: number) => index % 3 !== 0;
    const response = (index: number) => `${index}`.padEnd(index % 400, '.');
    await Promise.all(
      hashes.map((hash, index) => {
        const key = connection.generation.key(tokenKey(hash));
        return isFilled(index) && connection.client.set(key, stateOf(response(index)));
      }),
    );
    const found = await Promise.all(hashes.map((hash) => read(reader, hash)));
    for (const [index, each] of found.entries()) expect(each).toBe(isFilled(index) ? response(index) : 'nothing');
  });

  test('a read of a hanging Redis fails after the timeout, and later reads succeed', async () => {
    const redis = await redisOf();
    const { reader } = await cachesAt(redis.url);
    redis.kill('SIGSTOP');
    expect(await read(reader, randomBytes(32))).toBe(UNREACHABLE);
    expect(await read(reader, randomBytes(32))).toBe(UNREACHABLE);
    redis.kill('SIGCONT');
    await untilReady(reader);
    expect(await read(reader, randomBytes(32))).toBe('nothing');
  });

  test('a process that paused for longer than the timeout still reads the replies', async () => {
    const { reader } = await cachesAt((await redisOf()).url);
    const pendingRead = read(reader, randomBytes(32));
    await new Promise((resolve) => setImmediate(resolve)); // the command has been sent
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMEOUT_MS + 200);
    expect(await pendingRead).toBe('nothing');
  });

  test('uses the user, the password and the database of the URL', async () => {
    const redis = await redisOf();
    const operator = operatorOf(redis);
    await operator.call('ACL', 'SETUSER', 'reader', 'on', '>p@ss', '~*', '+@all');
    const reader = cacheAt(`redis://reader:p%40ss@127.0.0.1:${redis.port}/3`);
    await untilReady(reader);
    expect(await read(reader, randomBytes(32))).toBe('nothing');
    expect(await operator.client('LIST')).toMatch(/ db=3 .* user=reader /);
    const refused = cacheAt(`redis://reader:wrong@127.0.0.1:${redis.port}`);
    await expect(within(TIMEOUT_MS, refused.whenReady)).rejects.toThrow(/no result/);
  });
});

describe('leases and fills', () => {
  test('one reader gets the lease, and a fill replaces an entry only while the entry is the lease of that fill', async () => {
    const { reader, changes, fill } = await cachesAt((await redisOf()).url);
    const hash = randomBytes(32);
    const claim = encodeLease(randomBytes(ID_BYTES));
    expect(await reader.lease([hash, randomBytes(32)], claim)).toEqual([true, true]);
    expect(await fill(hash, 'late')).toBe(false);
    expect(await read(reader, hash)).toBe('nothing');
    const change = newChangeId();
    await changes.fence(change, [tokenKey(hash)]);
    const state = stateOf('from before');
    reader.fill([{ tokenHash: hash, claim, state, ttlMs: 60_000 }], reader.generation as Buffer);
    expect(await read(reader, hash)).toBe('nothing');
    await changes.drop(change, [tokenKey(hash)]);
    expect(await fill(hash, 'from after')).toBe(true);
    expect(await read(reader, hash)).toBe('from after');
  });

  test('a released lease can be taken at once and is not counted as a fill', async () => {
    const { reader, fill } = await cachesAt((await redisOf()).url);
    const hash = randomBytes(32);
    const claim = encodeLease(randomBytes(ID_BYTES));
    await reader.lease([hash], claim);
    // An empty state releases the lease.
    reader.fill([{ tokenHash: hash, claim, state: Buffer.alloc(0), ttlMs: 1 }], reader.generation as Buffer);
    await expect.poll(() => fill(hash, 'response')).toBe(true);
    expect(await read(reader, hash)).toBe('response');
    expect(reader.filled).toBe(1);
  });

  test('a state that was read in another generation fills nothing', async () => {
    const { reader } = await cachesAt((await redisOf()).url);
    const hash = randomBytes(32);
    const claim = encodeLease(randomBytes(ID_BYTES));
    await reader.lease([hash], claim);
    const state = stateOf('response');
    reader.fill([{ tokenHash: hash, claim, state, ttlMs: 60_000 }], randomBytes(8));
    expect(await read(reader, hash)).toBe('nothing');
  });

  test('a full Redis grants no lease, but reads, fences and drops work', async () => {
    const redis = await redisOf();
    const { reader, connection, changes, fill } = await cachesAt(redis.url);
    const [uncached, cached] = [randomBytes(32), randomBytes(32)];
    await fill(cached, 'response', [APP]);
    expect(await read(reader, cached)).toBe('response');
    await connection.client.config('SET', 'maxmemory', '1');
    expect(await reader.lease([uncached], encodeLease(randomBytes(ID_BYTES)))).toEqual([false]);
    expect(await read(reader, cached)).toBe('response');
    const change = newChangeId();
    await changes.fence(change, [stampKey(APP)]);
    expect(await read(reader, cached)).toBe(INVALID);
    await changes.drop(change, [stampKey(APP)]);
    expect(reader.isReady).toBe(true);
  });
});

describe('stamps', () => {
  test('one fence and drop of a stamp invalidate every state that depends on it, and no other', async () => {
    const { reader, changes, fill } = await cachesAt((await redisOf()).url);
    const hashes = Array.from({ length: 20 }, () => randomBytes(32));
    const organizations = hashes.map((_, index): StampRef => ({ kind: 'organization', id: index }));
    for (const [index, hash] of hashes.entries()) {
      await fill(hash, 'response', [{ kind: 'app', id: index % 2 }, organizations[index] as StampRef]);
    }
    const readAll = () => Promise.all(hashes.map((hash) => read(reader, hash)));
    expect(new Set(await readAll())).toEqual(new Set(['response']));
    const change = newChangeId();
    await changes.fence(change, [stampKey(APP)]);
    expect(await readAll()).toEqual(hashes.map((_, index) => (index % 2 === 1 ? INVALID : 'response')));
    await changes.drop(change, [stampKey(APP)]);
    expect(await readAll()).toEqual(hashes.map((_, index) => (index % 2 === 1 ? INVALID : 'response')));
  });

  test('no state that depends on a fenced stamp can be cached', async () => {
    const { changes } = await cachesAt((await redisOf()).url);
    await changes.fence(newChangeId(), [stampKey(APP)]);
    const user: StampRef = { kind: 'user', id: 1 };
    const known = await changes.readStamps([APP, user]);
    expect(known.encode([user])).toEqual(expect.any(Buffer));
    expect(known.encode([user, APP])).toBeUndefined();
  });

  test('the fence of a crashed change expires, however often others fence the same key', async () => {
    const { connection, changes } = await cachesAt((await redisOf()).url);
    const [crashed, other] = [newChangeId(), newChangeId()];
    const key = connection.generation.key(stampKey(APP));
    const expiresInMs = '200';
    const fence = connection.generation.scriptArguments([stampKey(APP)], [crashed, expiresInMs]);
    await connection.client.fenceKeys(...fence);
    await changes.fence(other, [stampKey(APP)]);
    expect((await connection.client.getBuffer(key))?.includes(crashed)).toBe(true);
    await expect
      .poll(async () => {
        await changes.fence(newChangeId(), [stampKey(APP)]);
        return (await connection.client.getBuffer(key))?.includes(crashed);
      })
      .toBe(false);
    expect((await connection.client.getBuffer(key))?.includes(other)).toBe(true);
  });

  test('a lost stamp invalidates the states that depend on it, even after a new one is created', async () => {
    const { reader, connection, changes, filled } = await cachesAt((await redisOf()).url);
    const hash = await filled('response', [APP]);
    await connection.client.del(connection.generation.key(stampKey(APP)));
    expect(await read(reader, hash)).toBe(INVALID);
    const stamps = (await changes.readStamps([APP])).encode([APP]) as Buffer;
    expect(await read(reader, hash)).toBe(INVALID);
    const state = encodeState(randomBytes(ID_BYTES), 1, 0, stamps, Buffer.from('newer'));
    await connection.client.set(connection.generation.key(tokenKey(hash)), state);
    expect(await read(reader, hash)).toBe('newer');
  });

  test('a stamp that was missing or fenced when it was read is read again once it exists', async () => {
    const { reader, connection, changes, fill } = await cachesAt((await redisOf()).url);
    const [hash, key] = [randomBytes(32), connection.generation.key(stampKey(APP))];
    await fill(hash, 'response', [APP]);
    const stamp = (await connection.client.getBuffer(key)) as Buffer;
    const change = newChangeId();
    for (const invalidate of [() => connection.client.del(key), () => changes.fence(change, [stampKey(APP)])]) {
      await invalidate();
      expect([await read(reader, hash), await read(reader, hash)]).toEqual([INVALID, INVALID]);
      await connection.client.set(key, stamp);
      expect(await read(reader, hash)).toBe('response');
    }
  });

  test('handles more stamps than one script call reads', async () => {
    const { changes } = await cachesAt((await redisOf()).url);
    const refs = Array.from({ length: 2_500 }, (_, id): StampRef => ({ kind: 'organization', id }));
    const stamps = (await changes.readStamps(refs)).encode(refs);
    expect(stamps).toHaveLength(refs.length * STAMP_BYTES);
    expect((await changes.readStamps(refs)).encode(refs)).toEqual(stamps);
  });
});

describe('the server and its generation', () => {
  test('a Redis restarted with all its data has a new generation, so its entries are not found', async () => {
    const first = await redisOf();
    const { reader, connection } = await cachesAt(first.url);
    const hash = randomBytes(32);
    const key = connection.generation.key(tokenKey(hash));
    const state = stateOf('old');
    await connection.client.set(key, state);
    const record = (await connection.client.get('entries:generation')) as string;
    expect(await read(reader, hash)).toBe('old');
    await first.stop();
    expect(await read(reader, hash)).toBe(UNREACHABLE);
    const second = await redisOf(first.port);
    const restored = operatorOf(second);
    await restored.set('entries:generation', record);
    await restored.set(key, state);
    await expect.poll(() => reader.isReady && read(reader, hash)).toBe('nothing');
    expect(reader.generationChanges).toBeGreaterThan(0);
  });

  test('a change of the replication id closes a live connection before further responses', async () => {
    const [redis, other] = [await redisOf(), await redisOf()];
    const { reader, connection, filled } = await cachesAt(redis.url);
    const hash = await filled('response');
    const replica = operatorOf(other);
    const before = (await connection.client.info('replication')).match(/master_replid:(\w+)/)?.[1] as string;
    await replica.replicaof('127.0.0.1', redis.port);
    await expect.poll(() => connection.client.info('replication')).not.toContain(before);
    expect(await read(reader, hash)).toBe(UNREACHABLE);
    await untilReady(reader);
    expect(await read(reader, hash)).toBe('nothing');
    expect(reader.generationChanges).toBe(1);
    // The connection of auth-server notices the change at its next script.
    await expect(new TokenStateCache(connection).drop(newChangeId(), [tokenKey(hash)])).rejects.toThrow('GENERATION');
    await expect
      .poll(() => connection.isReady && connection.generation.id.equals(reader.generation as Buffer))
      .toBe(true);
    expect(connection.generationChanges).toBe(1);
  });

  test('a primary that becomes a replica is not read and drops nothing until it is a primary again', async () => {
    const redis = await redisOf();
    const { reader, connection, changes, filled } = await cachesAt(redis.url);
    const hash = await filled('old');
    const operator = operatorOf(redis);
    await operator.replicaof('127.0.0.1', 1);
    expect(await read(reader, hash)).toBe(UNREACHABLE);
    await expect(changes.drop(newChangeId(), [tokenKey(randomBytes(32))])).rejects.toThrow(/READONLY|replica/);
    await expect.poll(() => connection.isReady).toBe(false);
    expect(reader.isReady).toBe(false);
    await operator.replicaof('NO', 'ONE');
    await untilReady(reader, connection);
    expect(await read(reader, hash)).toBe('nothing');
  });

  test('a primary that is demoted and promoted again between two commands has a new generation', async () => {
    const redis = await redisOf();
    const { reader, changes, filled } = await cachesAt(redis.url);
    const hash = await filled('old');
    const operator = operatorOf(redis);
    await operator.replicaof('127.0.0.1', 1);
    await operator.replicaof('NO', 'ONE');
    await expect(changes.drop(newChangeId(), [tokenKey(hash)])).rejects.toThrow('GENERATION');
    expect(await read(reader, hash)).toBe(UNREACHABLE);
    await untilReady(reader);
    expect(await read(reader, hash)).toBe('nothing');
  });

  test('a writable replica is not read and drops nothing', async () => {
    const redis = await redisOf();
    const { reader, changes, filled } = await cachesAt(redis.url);
    const hash = await filled('old');
    const operator = operatorOf(redis);
    await operator.config('SET', 'replica-read-only', 'no');
    await operator.replicaof('127.0.0.1', 1);
    expect(await read(reader, hash)).toBe(UNREACHABLE);
    await expect(changes.drop(newChangeId(), [tokenKey(hash)])).rejects.toThrow(/READONLY/);
  });

  test('connections that are opened at the same time agree on a generation', async () => {
    const { url } = await redisOf();
    const readers = Array.from({ length: 8 }, () => cacheAt(url));
    await untilReady(...readers);
    expect(new Set(readers.map(({ generation }) => generation?.toString('hex'))).size).toBe(1);
  });
});
