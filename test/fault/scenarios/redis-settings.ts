import { setTimeout as sleep } from 'node:timers/promises';
import type { Run, Scenario } from './scenario.ts';

const MOMENT_MS = 500;
const KILLED = 4;

/** Sets it for a while, with some connections made anew meanwhile. */
async function forAWhile(run: Run, set: readonly string[], unset: readonly string[]): Promise<void> {
  const { redis } = run.cluster;
  await redis.command(...(set as [string, ...string[]]));
  run.fault();
  try {
    await sleep(MOMENT_MS);
    for (let count = 0; count < KILLED; count++) await redis.killConnection(run.random);
    await sleep(MOMENT_MS);
  } finally {
    await redis.command(...(unset as [string, ...string[]]));
  }
  await sleep(MOMENT_MS);
}

/** What operators do to a Redis that runs. */
export const redisSettings: readonly Scenario[] = [
  {
    name: 'CLIENT PAUSE, of all commands and of those that write',
    promised: 'A and B',
    async inject(run) {
      for (const mode of ['ALL', 'WRITE', 'ALL', 'WRITE']) {
        await run.cluster.redis.command('CLIENT', 'PAUSE', 2 * MOMENT_MS, mode);
        run.fault();
        await sleep(3 * MOMENT_MS);
      }
    },
  },
  {
    name: 'a password is set and taken away again',
    promised: 'A and B',
    async inject(run) {
      const password = (value: string) => ['CONFIG', 'SET', 'requirepass', value];
      for (let round = 0; round < 2; round++) await forAWhile(run, password('secret'), password(''));
    },
  },
  {
    name: 'an ACL takes commands away and gives them back',
    promised: 'A and B',
    async inject(run) {
      const rule = (text: string) => ['ACL', 'SETUSER', 'default', text];
      for (const what of ['@scripting', 'mget', 'set', 'client|tracking']) {
        await forAWhile(run, rule(`-${what}`), rule(`+${what}`));
      }
    },
  },
  {
    name: 'DEBUG RELOAD',
    promised: 'A and B',
    async inject(run) {
      for (let round = 0; round < 5; round++) {
        await run.cluster.redis.command('DEBUG', 'RELOAD');
        run.fault();
        await sleep(MOMENT_MS);
      }
    },
  },
  {
    name: 'stamps are evicted at random',
    promised: 'A and B',
    async inject(run) {
      for (let round = 0; round < 100; round++) {
        await run.cluster.redis.evictStamps(3);
        run.fault();
        await sleep(30);
      }
    },
  },
];
