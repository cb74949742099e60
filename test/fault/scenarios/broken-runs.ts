import type { Broken } from '../harness/processes/messages.ts';
import { failover, lateFill, lateFlight, lostFence, overtaken, twice } from './provocations.ts';
import type { Run, Scenario } from './scenario.ts';

/** For each simplification of the protocol, a run that it does not survive. */
const RUNS: Record<Broken, Scenario> = {
  acknowledgesBeforeDrop: lostFence,
  unfenced: overtaken,
  dropTakesOtherFences: overtaken,
  dropsIntoFixedStamp: twice,
  fillsWithoutLease: lateFill,
  joinsQuestionsInFlight: lateFlight,
  fillsAnyGeneration: failover,
  ignoresStamps: twice,
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

function breakWith({ cluster }: Run, broken: Broken | undefined): void {
  for (const { child } of [...cluster.authServers, ...cluster.replicas]) child.tell({ kind: 'break', broken });
}
