import { setTimeout as sleep } from 'node:timers/promises';
import { RedisNode } from '../harness/redis-node.ts';
import { SentinelNode } from '../harness/sentinel-node.ts';
import { redisWires } from './redis-wires.ts';
import type { Run, Scenario } from './scenario.ts';

const ROUNDS = 2;
const MOMENT_MS = 300;
const POLL_MS = 50;

/** A second Redis server for the time of a scenario. Afterwards the first one is the primary again, and all are connected to it. */
async function withSecond(run: Run, work: (second: RedisNode) => Promise<void>): Promise<void> {
  const { redis } = run.cluster;
  const second = await RedisNode.start();
  try {
    await work(second);
  } finally {
    await redis.promote();
    for (const wire of redisWires(run)) {
      wire.switchTo(redis.port);
      wire.cut();
    }
    await second.stop();
  }
}

/** From now on new connections lead to that server; those that stand stay. */
function switchTo(run: Run, server: RedisNode): void {
  for (const wire of redisWires(run)) wire.switchTo(server.port);
}

/** Some connections are made anew, others stay. */
async function killSome(run: Run): Promise<void> {
  for (let count = 0; count < 3; count++) await run.cluster.redis.killConnection(run.random);
}

async function untilBacklogIsGone(server: RedisNode): Promise<void> {
  while ((await server.info('replication', 'repl_backlog_active')) !== '0') await sleep(POLL_MS);
}

/** A replica of Redis comes and goes, or takes over: the primary's identity changes while connections stay. */
export const redisReplicas: readonly Scenario[] = [
  {
    name: 'a replica of Redis comes, goes for longer than its backlog is kept, and comes back',
    promised: 'A',
    inject: (run) =>
      withSecond(run, async (second) => {
        const { redis } = run.cluster;
        await redis.command('CONFIG', 'SET', 'repl-backlog-ttl', 1);
        for (let round = 0; round < ROUNDS; round++) {
          await second.follow(redis);
          run.fault();
          await sleep(MOMENT_MS);
          await killSome(run);
          await sleep(MOMENT_MS);
          await second.promote();
          await untilBacklogIsGone(redis);
          run.fault();
          await sleep(MOMENT_MS);
          await killSome(run);
          await sleep(MOMENT_MS);
        }
      }),
  },
  {
    name: 'Redis fails over to its replica and back, and the demoted one keeps its connections',
    promised: 'A',
    inject: (run) =>
      withSecond(run, async (second) => {
        let [primary, replica] = [run.cluster.redis, second];
        await replica.follow(primary);
        for (let round = 0; round < 2 * ROUNDS; round++) {
          await replica.promote();
          await primary.follow(replica);
          switchTo(run, replica);
          run.fault();
          await sleep(2 * MOMENT_MS);
          [primary, replica] = [replica, primary];
        }
      }),
  },
  {
    name: 'Sentinel fails over to the replica of Redis and back',
    promised: 'A',
    inject: (run) =>
      withSecond(run, async (second) => {
        const { redis } = run.cluster;
        await second.follow(redis);
        await using sentinel = await SentinelNode.start(redis);
        for (const [from, to] of [
          [redis, second],
          [second, redis],
        ] as const) {
          await sentinel.failover(to);
          // Until then everybody is at the old one; two primaries that both serve would be a split brain.
          while ((await from.info('replication', 'role')) !== 'slave') await sleep(POLL_MS);
          run.fault();
          switchTo(run, to);
          await sleep(4 * MOMENT_MS);
        }
      }),
  },
];
