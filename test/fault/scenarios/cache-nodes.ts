import { setTimeout as sleep } from 'node:timers/promises';
import { type NodeAction, NodeChange } from '../../../services/auth-server/cache-node-change.ts';
import { readCacheNodes } from '../../../services/auth-server/store/cache-nodes.ts';
import { openDatabase } from '../../../services/auth-server/store/postgres/database.ts';
import { TokenStateNodes } from '../../../services/auth-server/token-state/token-state-nodes.ts';
import { RedisNode } from '../../support/redis-node.ts';
import type { Run, Scenario, Scenarios } from './run.ts';

/** Cache nodes in addition to main. */
export const MORE_NODES = ['b', 'c'];
const PAUSE_MS = 500;
/** The same as in `npm run cache-nodes`. */
const LOCK_TIMEOUT_MS = 2_000;

/** Changes the list of cache nodes as `npm run cache-nodes` does. */
export function operatorOf({ cluster }: Run) {
  const db = openDatabase({
    url: cluster.databaseUrl,
    poolSize: 1,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  const url = cluster.config.redisUrl as string;
  const nodes = new TokenStateNodes({ url, keyPrefix: 'oauth:', commandTimeoutMs: 1_000 });
  const change = new NodeChange(db, nodes);
  return {
    /** Tries up to 10 times, because changes in progress may lock the list for longer than the command waits. */
    async run(action: NodeAction, name: string, isLost = false): Promise<void> {
      for (let attempt = 1; ; attempt++) {
        try {
          await change.run(action, name, isLost);
          return;
        } catch (error) {
          if (attempt === 10) throw error;
        }
      }
    },
    /** Makes all nodes active. */
    async addAll(): Promise<void> {
      const { active } = await readCacheNodes(db);
      for (const { name } of cluster.nodes) if (!active.includes(name)) await this.run('add', name);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      nodes.close();
      await db.destroy();
    },
  };
}

type Operator = ReturnType<typeof operatorOf>;

/** All nodes are active before and after `inject`. */
const withOperator = (
  promised: Scenario['promised'],
  inject: (run: Run, operator: Operator) => Promise<void>,
): Scenario => ({
  ...(promised !== undefined && { promised }),
  async inject(run) {
    await using operator = operatorOf(run);
    await operator.addAll();
    await inject(run, operator);
    await operator.addAll();
  },
});

const redisOf = ({ cluster }: Run, name: string): RedisNode =>
  (cluster.nodes.find((node) => node.name === name) as Run['cluster']['nodes'][number]).redis;

/** Tokens are distributed over three nodes, which fail one at a time, and are added and removed. One replica knows only two. */
export const cacheNodes: Scenarios = {
  'nodes are added, drained and removed': withOperator(undefined, (run, operator) =>
    run.repeat(4, PAUSE_MS, async () => {
      for (const name of run.cluster.nodes.map((node) => node.name)) {
        await operator.run('drain', name);
        await sleep(run.random.below(PAUSE_MS));
        await operator.run('remove', name);
        await sleep(run.random.below(PAUSE_MS));
        await operator.run('add', name);
        await sleep(run.random.below(PAUSE_MS));
      }
    }),
  ),
  'random nodes are killed and restarted, with their data or without': withOperator('A', (run) =>
    run.repeat(6, PAUSE_MS, async () => {
      const { redis } = run.random.pick(run.cluster.nodes);
      await redis.kill();
      await sleep(run.random.below(PAUSE_MS));
      await redis.restart(run.random.pick(['keep', 'lose']));
    }),
  ),
  'random nodes are flushed': withOperator('A', (run) =>
    run.repeat(40, 100, () => run.random.pick(run.cluster.nodes).redis.command('FLUSHALL')),
  ),
  'each node gets a replica and loses it': withOperator('A', async (run) => {
    const replica = await RedisNode.start();
    try {
      for (const { redis } of run.cluster.nodes) {
        await redis.command('CONFIG', 'SET', 'repl-backlog-ttl', 1);
        await run.repeat(1, PAUSE_MS, () => replica.follow(redis));
        await redis.killConnections(3, run.random);
        await sleep(PAUSE_MS);
        await replica.promote();
        await redis.killConnections(3, run.random);
        await sleep(PAUSE_MS);
      }
    } finally {
      await replica.stop();
    }
  }),
  'a node is lost, removed, and returns': withOperator('A', (run, operator) =>
    run.repeat(2, PAUSE_MS, async () => {
      const lost = redisOf(run, 'b');
      await lost.kill();
      await sleep(PAUSE_MS);
      await operator.run('drain', 'b');
      await operator.run('remove', 'b', true);
      await sleep(2 * PAUSE_MS);
      await lost.restart('keep');
      await operator.run('add', 'b');
    }),
  ),
};
