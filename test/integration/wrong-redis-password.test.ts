import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisNode } from '../support/redis-node.ts';
import { type System, startSystem } from '../support/system.ts';

const lines: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
let redis: RedisNode;
let system: System;
beforeAll(async () => {
  redis = await RedisNode.start();
  await redis.command('CONFIG', 'SET', 'requirepass', 'right');
  system = await startSystem({ redisUrl: `redis://:wrong-canary@127.0.0.1:${redis.port}`, log });
});
afterAll(async () => {
  await system?.stop();
  await redis?.stop();
});

const readiness = async () => (await fetch(`${system.issuer}/readyz`)).json();

test('reports a wrong Redis password once in the log, and in /readyz, without the password', async () => {
  const warnings = ['redis refuses the credentials in REDIS_URL'];
  await expect.poll(readiness).toEqual({ status: 'ready', warnings });
  const refusals = lines.filter((line) => line.includes('WRONGPASS'));
  expect(refusals).not.toEqual([]);
  expect(lines.filter((line) => line.includes('redis refuses the credentials in REDIS_URL'))).toHaveLength(1);
  expect(lines.join('')).not.toContain('wrong-canary');
});

test('removes the warning once the password is right', async () => {
  const admin = new Redis({ port: redis.port, password: 'right' });
  await admin.config('SET', 'requirepass', 'wrong-canary');
  admin.disconnect();
  await expect.poll(readiness).toEqual({ status: 'ready' });
});
