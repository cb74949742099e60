import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisNode } from '../../support/redis-node.ts';
import type { Run, Scenario, Scenarios } from './run.ts';

const POLL_MS = 20;
const PAUSE_MS = 500;
const LIMIT_MS = 60_000;

/** Waits for a change that has begun after this call and has been acknowledged. */
async function untilChanged(run: Run): Promise<void> {
  // One change of each worker may have been in flight.
  const target = run.counts.acknowledged + 2 * run.tenants.length;
  const deadline = performance.now() + LIMIT_MS;
  while (run.counts.acknowledged < target) {
    if (performance.now() > deadline) throw new Error(`too few changes within ${LIMIT_MS} ms after a failover`);
    await sleep(POLL_MS);
  }
}

/** Fails over and back. `fault` is given the primary and ends when Sentinels agree on the other server. */
const failovers = (fault: (run: Run, primary: RedisNode, replica: RedisNode) => Promise<void>): Scenario => ({
  // Redis loses what has not been replicated.
  promised: 'A',
  async inject(run) {
    const { redis, failover } = run.cluster;
    let [primary, replica] = [redis, failover.replica];
    await run.repeat(2, PAUSE_MS, async () => {
      await failover.sentinels.ready();
      const startedAt = performance.now();
      const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(1);
      const unavailable = run.load.failures.length;
      await fault(run, primary, replica);
      const agreed = seconds();
      await untilChanged(run);
      const failed = run.load.failures.length - unavailable;
      console.log(`failed over after ${agreed} s; changes after ${seconds()} s; ${failed} introspections unavailable`);
      [primary, replica] = [replica, primary];
    });
    await failover.sentinels.ready();
  },
});

/** Sentinels replace the primary, and services find it through them. */
export const sentinelFailovers: Scenarios = {
  'Sentinels fail over to the replica and back while the previous primary still serves': failovers(
    async (run, primary, replica) => {
      const { sentinels } = run.cluster.failover;
      await sentinels.failOver(replica);
      // It is demoted after about 10 s. Meanwhile some connections move to the new primary and the others stay.
      while ((await primary.replicationInfo('role')) === 'master') {
        await primary.killConnections(1, run.random);
        await sleep(PAUSE_MS);
      }
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
