import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthNode } from '../harness/auth-node.ts';
import { Crowd } from '../workload/crowd.ts';
import { flipSuspension } from './quiet-changes.ts';
import type { Run, Scenario } from './scenario.ts';

const INSTALLS = 50_000;
const LOOPS_PER_REPLICA = 3;
/** Asked about for so long before the first change and after the last, so that many members are cached. */
const BEFORE_MS = 3_000;
const AFTER_MS = 1_500;

/** Suspends and resumes the app while its members are asked about. */
async function flips(run: Run, change: (flip: () => Promise<void>, count: number) => Promise<void>): Promise<void> {
  const { tenant } = await run.quietTenant();
  const crowd = await Crowd.gather(run, tenant, INSTALLS);
  let isOver = false;
  const asked = crowd.askAround(LOOPS_PER_REPLICA, () => !isOver);
  await sleep(BEFORE_MS);
  for (let count = 0; count < 3; count++) {
    const startedAt = performance.now();
    await change(() => flipSuspension(run, tenant, run.apart), count);
    run.fault();
    const { value } = tenant.suspension;
    console.log(`       ${INSTALLS} installs ${value} in ${Math.round(performance.now() - startedAt)} ms`);
  }
  await sleep(AFTER_MS);
  isOver = true;
  await asked;
}

/** One row changes, and the answers about all installs of its app with it. */
export const suspendedCrowds: readonly Scenario[] = [
  {
    name: `an app with ${INSTALLS} installs is suspended and resumed`,
    promised: 'A and B',
    apart: 1,
    inject: (run) => flips(run, (flip) => flip()),
  },
  {
    name: `kill -9 of auth-server that has suspended an app with ${INSTALLS} installs and not dropped its stamp`,
    promised: 'A and B',
    apart: 1,
    inject: (run) =>
      flips(run, async (flip) => {
        const { node } = run.apart as { node: AuthNode };
        node.child.arm({ step: 'committed', action: 'kill', times: 1 });
        const changed = flip();
        await node.child.exited();
        await node.startAgain();
        await changed;
      }),
  },
];
