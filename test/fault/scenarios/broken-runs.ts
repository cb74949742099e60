import type { Broken } from '../harness/processes/messages.ts';
import { failover, lateDrop, lateFill, lateFlight, lostFence, overtaken } from './provocations.ts';
import type { Run, Scenario } from './scenario.ts';

/** For each simplification of the protocol, a run that it does not survive. */
const RUNS: Record<Broken, Scenario> = {
  acknowledgesBeforeDrop: lostFence,
  unfenced: overtaken,
  fenceReplacesOthers: overtaken,
  dropTakesOtherFences: overtaken,
  writesNewState: lateDrop,
  fillsWithoutLease: lateFill,
  joinsReadUnderWay: lateFlight,
  fillsAnyEpoch: failover,
};

export const BROKEN = Object.keys(RUNS) as readonly Broken[];

/** The same run with the protocol simplified; it is whole again when the run is looked at. */
export function brokenRun(broken: Broken): Scenario {
  const scenario = RUNS[broken];
  return {
    ...scenario,
    name: `${broken}: ${scenario.name}`,
    async inject(run) {
      breakWith(run, broken);
      try {
        await scenario.inject(run);
      } finally {
        breakWith(run, undefined);
      }
    },
  };
}

/** Every process but, for `writesNewState`, the auth-server that is not late: two that are equally late cancel out. */
function breakWith({ cluster, apart }: Run, broken: Broken | undefined): void {
  const authServers = broken === 'writesNewState' ? [apart.node] : cluster.authServers;
  for (const { child } of [...authServers, ...cluster.replicas]) child.tell({ kind: 'break', broken });
}
