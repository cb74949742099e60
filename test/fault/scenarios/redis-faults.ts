import { setTimeout as sleep } from 'node:timers/promises';
import { redisWires } from './redis-wires.ts';
import type { Run, Scenario } from './scenario.ts';
import { whileSteadyIsAnswered } from './steady.ts';

const ROUNDS = 4;
const PAUSE_MS = 700;
const PENDING_LIMIT_MS = 60_000;

async function repeat(run: Run, times: number, pauseMs: number, fault: () => Promise<void> | void): Promise<void> {
  for (let round = 0; round < times; round++) {
    await fault();
    run.fault();
    await sleep(pauseMs);
  }
}

/** Some change is reported as PROPAGATION_PENDING, however slow the machine is. */
async function untilPending(run: Run): Promise<void> {
  const deadline = performance.now() + PENDING_LIMIT_MS;
  while (run.counts.pending === 0 && performance.now() < deadline) await sleep(100);
  if (run.counts.pending === 0) run.defect('no change was reported as PROPAGATION_PENDING');
}

/** Redis loses things, hangs, is slow, or cannot be reached, for everybody or for some. */
export const redisFaults: readonly Scenario[] = [
  ...(['lose', 'keep'] as const).map(
    (data): Scenario => ({
      name: `kill -9 of Redis, which comes back ${data === 'keep' ? 'with all that it held' : 'empty'}`,
      promised: 'A',
      inject: (run) =>
        repeat(run, ROUNDS, PAUSE_MS, async () => {
          await run.cluster.redis.kill();
          await run.cluster.redis.startAgain(data);
        }),
    }),
  ),
  {
    name: 'Redis is gone for a while',
    promised: 'A',
    async inject(run) {
      await whileSteadyIsAnswered(run, async () => {
        await run.cluster.redis.kill();
        await sleep(run.outageMs);
      });
      await untilPending(run);
      await run.cluster.redis.startAgain('lose');
    },
  },
  {
    name: 'Redis is flushed',
    promised: 'A',
    inject: (run) => repeat(run, 40, 100, () => run.cluster.redis.flush()),
  },
  {
    name: 'entries are evicted at random',
    promised: 'A',
    inject: (run) => repeat(run, 200, 20, () => run.cluster.redis.evict(3)),
  },
  {
    name: 'SIGSTOP of Redis',
    promised: 'A and B',
    async inject(run) {
      await repeat(run, 3, 1_000, async () => {
        run.cluster.redis.pause();
        await sleep(run.outageMs / 3);
        run.cluster.redis.resume();
      });
    },
  },
  {
    name: 'every wire to Redis hangs, in one direction and the other',
    promised: 'A and B',
    inject: (run) =>
      repeat(run, ROUNDS, PAUSE_MS, async () => {
        for (const [index, wire] of redisWires(run).entries()) wire.hang(index % 2 === 0 ? 'up' : 'down');
        await sleep(run.outageMs / ROUNDS);
        for (const wire of redisWires(run)) wire.heal();
      }),
  },
  {
    name: 'every wire to Redis is slow, each in its own way',
    promised: 'A and B',
    inject: (run) =>
      repeat(run, 12, 600, () => {
        for (const wire of redisWires(run))
          wire.delayOne(run.random.pick(['up', 'down'] as const), run.random.below(200));
      }),
  },
  {
    name: 'connections to Redis are cut',
    promised: 'A and B',
    inject: (run) => repeat(run, 30, 200, () => run.random.pick(redisWires(run)).cut()),
  },
  {
    name: 'auth-servers cannot reach Redis, replicas can',
    promised: 'A',
    async inject(run) {
      for (const { redis } of run.cluster.authServers) redis.refuse();
      run.fault();
      await sleep(run.outageMs);
      await untilPending(run);
    },
  },
  {
    name: 'replicas cannot reach Redis, auth-servers can',
    promised: 'A and B',
    inject: (run) =>
      whileSteadyIsAnswered(run, async () => {
        for (const { redis } of run.cluster.replicas) redis.refuse();
        await sleep(run.outageMs);
      }),
  },
];
