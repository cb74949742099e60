import { setTimeout as sleep } from 'node:timers/promises';
import { CHANGE_STEPS } from '../../../services/auth-server/store/pg-authority.ts';
import type { Scenario } from './scenario.ts';

/** One auth-server for each step of a change, besides the one that serves the replicas. */
export const AUTH_SERVERS_TO_STOP = CHANGE_STEPS.length + 1;

/**
 * SIGSTOP of auth-servers, one at each step of a change, all at the same time. Above 15 s Postgres ends their transactions.
 */
export const stoppedAuthServers: readonly Scenario[] = [10, 70].map((seconds) => ({
  name: `SIGSTOP of auth-servers for ${seconds} s, one at each step of a change`,
  promised: 'A and B',
  tenants: CHANGE_STEPS.length,
  async inject(run) {
    const stops = CHANGE_STEPS.map(async (step, index) => {
      const { child } = run.cluster.authServers[index + 1] as (typeof run.cluster.authServers)[number];
      const reached = child.reached();
      child.arm({ step, action: 'stop', times: 1 });
      await reached;
      run.fault();
      await sleep(seconds * 1_000);
      child.resume();
    });
    await Promise.all(stops);
  },
}));

export const stoppedReplica: Scenario = {
  name: 'SIGSTOP of a replica',
  promised: 'A and B',
  async inject(run) {
    const [replica] = run.cluster.replicas;
    for (let stop = 0; stop < 3; stop++) {
      replica?.child.pause();
      run.fault();
      await sleep(run.outageMs / 3);
      replica?.child.resume();
      await sleep(300);
    }
  },
};
