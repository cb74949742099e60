import { CHANGE_STEPS } from '../../../services/auth-server/store/pg-authority.ts';
import type { AuthNode } from '../harness/auth-node.ts';
import type { Scenario } from './scenario.ts';

const DEATHS = 2;

/** kill -9 of an auth-server at each step of a change; another one serves the replicas meanwhile. */
export const killedAuthServers: readonly Scenario[] = CHANGE_STEPS.map((step) => ({
  name: `kill -9 of auth-server at ${step}`,
  promised: 'A and B',
  async inject(run) {
    const victim = run.cluster.authServers[1] as AuthNode;
    for (let death = 0; death < DEATHS; death++) {
      victim.child.arm({ step, action: 'kill', times: 1 });
      await victim.child.exited();
      run.fault();
      await victim.startAgain();
    }
  },
}));
