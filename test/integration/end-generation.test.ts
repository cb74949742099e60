/** With Sentinel, a process that connects to a primary first ends the generation on the other servers (docs/caching.md). */
import dns from 'node:dns';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../scripts/dependencies/ports.ts';
import type { Log } from '../../services/common/process/log.ts';
import { endGenerations } from '../../services/common/redis/end-generation.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { RedisNode } from '../support/redis-node.ts';

const KEY = 'generation';
/** Of the primary to which the process connects. */
const record = `0123456789abcdef ${'0'.repeat(40)}`;
let redis: RedisNode;
let proxy: FaultProxy;
let warnings: unknown[];
let closing: AbortController;

beforeAll(async () => {
  redis = await RedisNode.start();
  proxy = await FaultProxy.start(redis.port);
});
afterAll(async () => {
  await proxy.stop();
  await redis.stop();
});
beforeEach(async () => {
  warnings = [];
  closing = new AbortController();
  await redis.command('SET', KEY, 'a record');
  return () => closing.abort();
});

const end = (port: number, host = '127.0.0.1') =>
  endGenerations([{ host, port }], {
    credentials: {},
    isTls: false,
    database: 0,
    recordKey: KEY,
    record,
    signal: closing.signal,
    log: { warn: (fields: unknown) => warnings.push(fields) } as unknown as Log,
  });
const hasRecord = () => redis.command('EXISTS', KEY);

test('a server that responds slowly, as over TLS, is waited for', async () => {
  proxy.delay(400);
  await end(proxy.port);
  proxy.heal();
  expect(await hasRecord()).toBe(0);
  expect(warnings).toEqual([]);
});

test('an attempt whose connection fails is repeated', async () => {
  proxy.hang();
  const ended = end(proxy.port);
  await expect.poll(() => proxy.bufferedBytes('up')).toBeGreaterThan(0);
  proxy.cut();
  proxy.heal();
  await ended;
  expect(await hasRecord()).toBe(0);
  expect(warnings).toEqual([]);
});

test('a server that does not respond is reported, and its generation is ended once it responds', async () => {
  proxy.hang();
  await end(proxy.port);
  expect(warnings).toEqual([{ reasons: [expect.stringMatching(`^127.0.0.1:${proxy.port}: `)] }]);
  expect(await hasRecord()).toBe(1);
  proxy.cut();
  proxy.heal();
  await expect.poll(hasRecord).toBe(0);
});

test('a server that is not running, or lacks the replicas that it requires, is not waited for', async () => {
  await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
  await end(redis.port);
  expect(await hasRecord()).toBe(1);
  await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 0);
  // Attempts continue, because it might get replicas again.
  await expect.poll(hasRecord, { timeout: 10_000 }).toBe(0);

  await end(await freePort());
  expect(warnings).toEqual([]);
});

/** Makes every host name resolve to these IPv4 addresses until the test has ended. */
function resolveTo(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: 4 }));
  const lookup = (_host: string, _options: unknown, done: (error: null, found: dns.LookupAddress[]) => void) =>
    process.nextTick(done, null, found);
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
  onTestFinished(() => void vi.restoreAllMocks());
}

test('a server is not waited for if every address of its host name refuses the connection', async () => {
  resolveTo('127.0.0.1', '127.0.0.2');
  const startedAt = performance.now();
  await end(await freePort(), 'two.test');
  // Otherwise endGenerations waits for 3 s.
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(warnings).toEqual([]);
});

test('a server is waited for if not every address of its host name refuses; the log names each failure', async () => {
  const port = await freePort();
  // No TCP connection to the broadcast address is possible.
  resolveTo('127.0.0.1', '255.255.255.255');
  await end(port, 'two.test');
  const reason = `^two.test:${port}: connect ECONNREFUSED 127.0.0.1:${port}; connect E(?!CONNREFUSED).*255`;
  expect(warnings).toEqual([{ reasons: [expect.stringMatching(reason)] }]);
});
