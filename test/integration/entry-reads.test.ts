import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { startRedis } from '../../scripts/services/redis.ts';
import { AppError } from '../../services/common/errors/app-error.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { TokenStateCache } from '../../services/common/token-state/cache.ts';
import { encodeState } from '../../services/common/token-state/entry.ts';
import { EntryReads } from '../../services/common/token-state/reads/entry-reads.ts';
import { RedisConnection } from '../../services/common/token-state/redis-connection.ts';

const TIMEOUT_MS = 1_000;
const READY_MS = 10_000;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function open<T extends { close(): void }>(part: T): T {
  closing.push(() => part.close());
  return part;
}

const options = (url: string) => ({ url, keyPrefix: 'reads:', commandTimeoutMs: TIMEOUT_MS });

const read = (reads: EntryReads, hash: Buffer) =>
  new Promise<Buffer | 'nothing' | unknown>((resolve) => {
    reads.get(hash, {
      found: (octets, start, end) => resolve(Buffer.from(octets.subarray(start, end))),
      nothing: () => resolve('nothing'),
      failed: resolve,
    });
  });

async function redisOf() {
  const redis = await startRedis();
  closing.push(() => redis.stop());
  return redis;
}

describe('over a real Redis', () => {
  test('thousands of reads at once: each gets its own entry, or nothing', async () => {
    const redis = await redisOf();
    const patient = { ...options(redis.url), commandTimeoutMs: READY_MS };
    const [reads, commands] = [open(new EntryReads(patient)), open(new RedisConnection(patient))];
    await Promise.all([reads.waitUntilReady(READY_MS), commands.waitUntilReady(READY_MS)]);
    const hashes = Array.from({ length: 3_500 }, () => randomBytes(32));
    const entries = hashes.map((_, index) => encodeState(randomBytes(index % 400), index, 0));
    const isThere = (index: number) => index % 3 !== 0;
    await Promise.all(
      hashes.map((hash, index) => isThere(index) && commands.client.set(commands.key(hash), entries[index] as Buffer)),
    );
    const found = await Promise.all(hashes.map((hash) => read(reads, hash)));
    for (const [index, entry] of found.entries()) expect(entry).toEqual(isThere(index) ? entries[index] : 'nothing');
  });

  test('a Redis that hangs costs the timeout, and is found again', async () => {
    const redis = await redisOf();
    const reads = open(new EntryReads(options(redis.url)));
    await reads.waitUntilReady(READY_MS);
    redis.kill('SIGSTOP');
    expect(await read(reads, randomBytes(32))).toBeInstanceOf(AppError);
    expect(await read(reads, randomBytes(32))).toBeInstanceOf(AppError);
    redis.kill('SIGCONT');
    await reads.waitUntilReady(READY_MS);
    expect(await read(reads, randomBytes(32))).toBe('nothing');
  });

  test('a process that stood still for longer than the timeout reads what has come meanwhile', async () => {
    const redis = await redisOf();
    const reads = open(new EntryReads(options(redis.url)));
    await reads.waitUntilReady(READY_MS);
    const asked = read(reads, randomBytes(32));
    await new Promise((resolve) => setImmediate(resolve)); // it has gone out
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMEOUT_MS + 200);
    expect(await asked).toBe('nothing');
  });

  test('a Redis that has restarted with all its data has another epoch: its entries are not found', async () => {
    const first = await redisOf();
    const reads = open(new EntryReads(options(first.url)));
    const commands = open(new RedisConnection(options(first.url)));
    await Promise.all([reads.waitUntilReady(READY_MS), commands.waitUntilReady(READY_MS)]);
    const hash = randomBytes(32);
    const key = commands.key(hash);
    await commands.client.set(key, 'old');
    expect(await read(reads, hash)).toEqual(Buffer.from('old'));
    await first.stop();
    expect(await read(reads, hash)).toBeInstanceOf(AppError);
    const second = await startRedis({ port: first.port });
    closing.push(() => second.stop());
    await Promise.all([reads.waitUntilReady(READY_MS), commands.waitUntilReady(READY_MS)]);
    await commands.client.set(key, 'old');
    expect(await read(reads, hash)).toBe('nothing');
  });

  test('a primary that is made a replica is not read from any more, nor written to, until it is one again', async () => {
    const redis = await redisOf();
    const reads = open(new EntryReads(options(redis.url)));
    const commands = open(new RedisConnection(options(redis.url)));
    await Promise.all([reads.waitUntilReady(READY_MS), commands.waitUntilReady(READY_MS)]);
    const hash = randomBytes(32);
    await commands.client.set(commands.key(hash), 'old');
    const operator = new Redis(redis.url);
    closing.push(() => operator.disconnect());
    await operator.replicaof('127.0.0.1', 1);
    expect(await read(reads, hash)).toMatchObject({ message: expect.stringContaining('READONLY') });
    await expect(commands.client.set(commands.key(hash), 'new')).rejects.toThrow('READONLY');
    await expect.poll(() => commands.ready).toBe(false);
    expect(await read(reads, hash)).toBeInstanceOf(AppError);
    await operator.replicaof('NO', 'ONE');
    await Promise.all([reads.waitUntilReady(READY_MS), commands.waitUntilReady(READY_MS)]);
    expect(await read(reads, hash)).toBe('nothing');
  });

  test('nor by the connection that reads again what was not fresh on this one', async () => {
    const redis = await redisOf();
    const commands = open(new RedisConnection(options(redis.url)));
    await commands.waitUntilReady(READY_MS);
    const [hash, cache] = [randomBytes(32), new TokenStateCache(commands, systemClock)];
    await commands.client.set(commands.key(hash), encodeState(Buffer.from('old'), Date.now() + 60_000, 0));
    expect(await cache.read(hash)).toMatchObject({ kind: 'state', answer: Buffer.from('old') });
    const operator = new Redis(redis.url);
    closing.push(() => operator.disconnect());
    await operator.replicaof('127.0.0.1', 1);
    await expect(cache.read(hash)).rejects.toThrow('READONLY');
    await expect.poll(() => commands.ready).toBe(false);
  });

  test('a password, a user and a database of the URL', async () => {
    const redis = await redisOf();
    const commands = open(new RedisConnection(options(redis.url)));
    await commands.waitUntilReady(READY_MS);
    await commands.client.call('ACL', 'SETUSER', 'reader', 'on', '>p@ss', '~*', '+@all');
    const reads = open(new EntryReads(options(`redis://reader:p%40ss@127.0.0.1:${redis.port}/3`)));
    await reads.waitUntilReady(READY_MS);
    expect(await read(reads, randomBytes(32))).toBe('nothing');
    expect(await commands.client.client('LIST')).toMatch(/ db=3 .* user=reader /);
    const refused = open(new EntryReads(options(`redis://reader:wrong@127.0.0.1:${redis.port}`)));
    await expect(refused.waitUntilReady(TIMEOUT_MS)).rejects.toThrow(/did not answer/);
  });
});

/** Something that listens where a Redis should, and what it was sent. */
async function impostor(answer: (sent: string, socket: Socket) => void): Promise<{ url: string; sent: string[] }> {
  const sent: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      sent.push(chunk.toString('latin1'));
      answer(chunk.toString('latin1'), socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, sent };
}

const INFO = 'run_id:aa\r\nrole:master\r\nmaster_replid:bb\r\n';
/** What a primary says to the guard of each read. */
const STILL_PRIMARY = '$-1\r\n';
const tellEpoch = (socket: Socket) => socket.write(`$${INFO.length}\r\n${INFO}\r\n`);

describe('over something else', () => {
  test('nothing is asked before the epoch is known, and what was not answered is never sent again', async () => {
    const { url, sent } = await impostor((text, socket) => {
      if (text.includes('INFO')) tellEpoch(socket);
      else socket.destroy();
    });
    const reads = open(new EntryReads(options(url)));
    expect(await read(reads, randomBytes(32))).toBeInstanceOf(AppError);
    await reads.waitUntilReady(READY_MS);
    expect(await read(reads, randomBytes(32))).toBeInstanceOf(AppError);
    await expect.poll(() => sent.filter((text) => text.includes('INFO')).length).toBe(2);
    expect(sent.filter((text) => text.includes('MGET'))).toHaveLength(1);
  });

  test('an error reply fails the reads that it is for, and no others', async () => {
    let refusals = 1;
    const { url } = await impostor((text, socket) => {
      if (text.includes('INFO')) tellEpoch(socket);
      else socket.write(refusals-- > 0 ? '-LOADING not yet\r\n' : `${STILL_PRIMARY}*1\r\n$-1\r\n`);
    });
    const reads = open(new EntryReads(options(url)));
    await reads.waitUntilReady(READY_MS);
    expect(await read(reads, randomBytes(32))).toMatchObject({ message: expect.stringContaining('LOADING') });
    await reads.waitUntilReady(READY_MS);
    expect(await read(reads, randomBytes(32))).toBe('nothing');
  });

  test.each([
    ['more elements than were asked for', `${STILL_PRIMARY}*2\r\n$-1\r\n$-1\r\n`],
    ['an answer to nothing', `${STILL_PRIMARY}*1\r\n$-1\r\n$-1\r\n`],
    ['an answer before it has said that it is a primary', '*1\r\n$-1\r\n'],
    ['what is not RESP2', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a simple string', '+OK\r\n'],
  ])('%s ends the connection', async (_name, answer) => {
    const { url, sent } = await impostor((text, socket) => {
      if (text.includes('INFO')) tellEpoch(socket);
      else socket.write(answer);
    });
    const reads = open(new EntryReads(options(url)));
    await reads.waitUntilReady(READY_MS);
    await read(reads, randomBytes(32));
    await expect.poll(() => sent.filter((text) => text.includes('INFO')).length).toBeGreaterThan(1);
  });
});
