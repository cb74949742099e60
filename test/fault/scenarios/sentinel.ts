import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisNode } from '../../support/redis-node.ts';
import { operatorOf } from './cache-nodes.ts';
import type { Run, Scenario, Scenarios } from './run.ts';

const POLL_MS = 20;
const PAUSE_MS = 500;
const LIMIT_MS = 60_000;

/** Measures the longest time in which no change was acknowledged. `stop` first waits for the next acknowledged change. */
function measureOutage({ counts }: Run) {
  let acknowledged = counts.acknowledged;
  let lastAt = performance.now();
  let longestMs = 0;
  const timer = setInterval(() => {
    if (counts.acknowledged === acknowledged) return;
    acknowledged = counts.acknowledged;
    longestMs = Math.max(longestMs, performance.now() - lastAt);
    lastAt = performance.now();
  }, POLL_MS);
  return {
    async stop(): Promise<number> {
      const before = acknowledged;
      const deadline = performance.now() + LIMIT_MS;
      while (acknowledged === before && performance.now() < deadline) await sleep(POLL_MS);
      clearInterval(timer);
      if (acknowledged === before) throw new Error(`no change was acknowledged within ${LIMIT_MS} ms after a failover`);
      return longestMs;
    },
  };
}

/** Fails over and back. `fault` gets the primary and its replica, and resolves when they have changed places. */
const failovers = (fault: (run: Run, primary: RedisNode, replica: RedisNode) => Promise<void>): Scenario => ({
  // Redis loses what has not been replicated.
  promised: 'A',
  async inject(run) {
    const { redis, failover } = run.cluster;
    let [primary, replica] = [redis, failover.replica];
    await run.repeat(2, PAUSE_MS, async () => {
      await failover.sentinels.ready();
      const before = run.load.failures.length;
      const outage = measureOutage(run);
      await fault(run, primary, replica);
      const ms = await outage.stop();
      const failed = run.load.failures.length - before;
      console.log(`failover: ${ms.toFixed()} ms without a completed change; ${failed} introspections unavailable`);
      [primary, replica] = [replica, primary];
    });
    await failover.sentinels.ready();
  },
});

/** The previous primary is demoted after about 10 s. Until then some connections move to the new one and the others stay. */
async function untilDemoted(run: Run, previous: RedisNode): Promise<void> {
  while ((await previous.replicationInfo('role')) === 'master') {
    await previous.killConnections(1, run.random);
    await sleep(PAUSE_MS);
  }
}

/** Sentinels replace the primary, and services find the new one through them. */
export const sentinelFailovers: Scenarios = {
  'Sentinels fail over to the replica and back while the previous primary still serves': failovers(
    async (run, primary, replica) => {
      await run.cluster.failover.sentinels.failOver(replica);
      await untilDemoted(run, primary);
    },
  ),
  'a node is removed while its previous primary still serves, and is added again': failovers(
    async (run, primary, replica) => {
      await using operator = operatorOf(run);
      await operator.addAll();
      await run.cluster.failover.sentinels.failOver(replica);
      const demoted = untilDemoted(run, primary);
      await operator.run('drain', 'main');
      await operator.run('remove', 'main');
      await demoted;
      await operator.run('add', 'main');
      await operator.run('drain', 'b');
      await operator.run('remove', 'b');
    },
  ),
  'the primary is killed, replaced by its replica, and restarted': failovers(async (run, primary, replica) => {
    await primary.kill();
    await run.cluster.failover.sentinels.agreeOn(replica);
    await primary.restart('keep');
  }),
  'the primary hangs, is replaced by its replica, and resumes': failovers(async (run, primary, replica) => {
    primary.pause();
    await run.cluster.failover.sentinels.agreeOn(replica);
    primary.resume();
  }),
};
