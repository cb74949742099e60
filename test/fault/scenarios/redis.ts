import { setTimeout as sleep } from 'node:timers/promises';
import { RedisNode } from '../../support/redis-node.ts';
import { startSentinels } from '../cluster/sentinels.ts';
import { expectSteadyDuring, type Run, redisProxies, type Scenario, type Scenarios } from './run.ts';

const PAUSE_MS = 500;
const POLL_MS = 50;
const PENDING_LIMIT_MS = 60_000;

/** Waits until some change is reported as PROPAGATION_PENDING. */
async function untilPending(run: Run): Promise<void> {
  const deadline = performance.now() + PENDING_LIMIT_MS;
  while (run.counts.pending === 0 && performance.now() < deadline) await sleep(POLL_MS);
  if (run.counts.pending === 0) run.defects.push('no change was reported as PROPAGATION_PENDING');
}

const killAndRestart = (data: 'keep' | 'lose'): Scenario => ({
  promised: 'A',
  inject: (run) =>
    run.repeat(4, 700, async () => {
      await run.cluster.redis.kill();
      await run.cluster.redis.restart(data);
    }),
});

/** Redis loses data, hangs, is slow, or cannot be reached. */
export const redisFaults: Scenarios = {
  'kill -9 of Redis, which restarts empty': killAndRestart('lose'),
  'kill -9 of Redis, which restarts with its data': killAndRestart('keep'),
  'Redis is down for a while': {
    promised: 'A',
    async inject(run) {
      await expectSteadyDuring(run, async () => {
        await run.cluster.redis.kill();
        await sleep(run.outageMs);
      });
      await untilPending(run);
      await run.cluster.redis.restart('lose');
    },
  },
  'Redis is flushed': {
    promised: 'A',
    inject: (run) => run.repeat(40, 100, () => run.cluster.redis.command('FLUSHALL')),
  },
  'keys are evicted at random': {
    promised: 'A',
    inject: (run) => run.repeat(200, 20, () => run.cluster.redis.evict(3)),
  },
  'SIGSTOP of Redis': {
    inject: (run) =>
      run.repeat(3, 1_000, async () => {
        run.cluster.redis.pause();
        await sleep(run.outageMs / 3);
        run.cluster.redis.resume();
      }),
  },
  'every connection to Redis hangs in one direction': {
    inject: (run) =>
      run.repeat(4, 700, async () => {
        for (const [index, proxy] of redisProxies(run).entries()) proxy.hang(index % 2 === 0 ? 'up' : 'down');
        await sleep(run.outageMs / 4);
        for (const proxy of redisProxies(run)) proxy.heal();
      }),
  },
  'each service has its own delay to Redis': {
    inject: (run) =>
      run.repeat(12, 600, () => {
        for (const proxy of redisProxies(run)) proxy.delay(run.random.below(200), run.random.pick(['up', 'down']));
      }),
  },
  'connections to Redis are cut': {
    inject: (run) => run.repeat(30, 200, () => run.random.pick(redisProxies(run)).cut()),
  },
  'auth-servers cannot reach Redis, replicas can': {
    promised: 'A',
    async inject(run) {
      await run.repeat(1, run.outageMs, () => {
        for (const { redis } of run.cluster.authServers) redis.refuse();
      });
      await untilPending(run);
    },
  },
  'replicas cannot reach Redis, auth-servers can': {
    inject: (run) =>
      expectSteadyDuring(run, async () => {
        for (const { redis } of run.cluster.replicas) redis.refuse();
        await sleep(run.outageMs);
      }),
  },
};

function switchTo(run: Run, server: RedisNode): void {
  for (const proxy of redisProxies(run)) proxy.switchTo(server.port);
}

/** Runs with a second Redis server. Afterwards the first one is the primary again and has all connections. */
const withSecondRedis = (inject: (run: Run, second: RedisNode) => Promise<void>): Scenario => ({
  promised: 'A',
  async inject(run) {
    const { redis } = run.cluster;
    const second = await RedisNode.start();
    try {
      await inject(run, second);
    } finally {
      await redis.promote();
      switchTo(run, redis);
      for (const proxy of redisProxies(run)) proxy.cut();
      await second.stop();
    }
  },
});

async function untilReplicationInfo(server: RedisNode, field: string, value: string): Promise<void> {
  while ((await server.replicationInfo(field)) !== value) await sleep(POLL_MS);
}

/** A replica of Redis is attached, detached or promoted. */
export const redisReplicas: Scenarios = {
  'a replica of Redis is attached, detached for longer than the backlog is kept, and attached again': withSecondRedis(
    async (run, second) => {
      const { redis } = run.cluster;
      const reconnectSome = async () => {
        await sleep(PAUSE_MS);
        await redis.killConnections(3, run.random);
      };
      await redis.command('CONFIG', 'SET', 'repl-backlog-ttl', 1);
      for (let round = 0; round < 2; round++) {
        await run.repeat(1, 0, () => second.follow(redis));
        await reconnectSome();
        await sleep(PAUSE_MS);
        await second.promote();
        await run.repeat(1, 0, () => untilReplicationInfo(redis, 'repl_backlog_active', '0'));
        await reconnectSome();
        await sleep(PAUSE_MS);
      }
    },
  ),
  'Redis fails over to its replica and back, and the demoted one keeps its connections': withSecondRedis(
    async (run, second) => {
      let [primary, replica] = [run.cluster.redis, second];
      await replica.follow(primary);
      await run.repeat(4, PAUSE_MS, async () => {
        await replica.promote();
        await primary.follow(replica);
        switchTo(run, replica);
        [primary, replica] = [replica, primary];
      });
    },
  ),
  'Sentinel fails over to the replica of Redis and back': withSecondRedis(async (run, second) => {
    let [primary, replica] = [run.cluster.redis, second];
    await replica.follow(primary);
    await using sentinels = await startSentinels(primary);
    await run.repeat(2, 2 * PAUSE_MS, async () => {
      await sentinels.failOver(replica);
      // Until the old primary is demoted, all services stay at it: if both were in use, that would be a split brain.
      await untilReplicationInfo(primary, 'role', 'slave');
      switchTo(run, replica);
      [primary, replica] = [replica, primary];
    });
  }),
};

/** Changes a setting for a while, during which some connections are replaced. */
const changeSetting = (run: Run, set: [string, ...string[]], reset: [string, ...string[]]): Promise<void> =>
  run.repeat(1, PAUSE_MS, async () => {
    const { redis } = run.cluster;
    await redis.command(...set);
    try {
      await sleep(PAUSE_MS);
      await redis.killConnections(4, run.random);
      await sleep(PAUSE_MS);
    } finally {
      await redis.command(...reset);
    }
  });

/** Commands and settings of operators on a running Redis, and evictions of stamps. */
export const redisSettings: Scenarios = {
  'CLIENT PAUSE of all commands and of writes': {
    async inject(run) {
      for (const mode of ['ALL', 'WRITE', 'ALL', 'WRITE']) {
        const pause = () => run.cluster.redis.command('CLIENT', 'PAUSE', 2 * PAUSE_MS, mode);
        await run.repeat(1, 3 * PAUSE_MS, pause);
      }
    },
  },
  'a password is set and removed': {
    async inject(run) {
      const password = (value: string): [string, ...string[]] => ['CONFIG', 'SET', 'requirepass', value];
      for (let round = 0; round < 2; round++) await changeSetting(run, password('secret'), password(''));
    },
  },
  'an ACL removes commands and restores them': {
    async inject(run) {
      const rule = (text: string): [string, ...string[]] => ['ACL', 'SETUSER', 'default', text];
      for (const what of ['@scripting', 'mget', 'set', 'client|tracking']) {
        await changeSetting(run, rule(`-${what}`), rule(`+${what}`));
      }
    },
  },
  'DEBUG RELOAD': {
    inject: (run) => run.repeat(5, PAUSE_MS, () => run.cluster.redis.command('DEBUG', 'RELOAD')),
  },
  'stamps are evicted at random': {
    inject: (run) => run.repeat(100, 30, () => run.cluster.redis.evictStamps(3)),
  },
};
