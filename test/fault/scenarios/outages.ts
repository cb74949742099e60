import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthNode } from '../harness/auth-node.ts';
import type { Run, Scenario } from './scenario.ts';
import { whileSteadyIsAnswered } from './steady.ts';

/** Past freshness, well within the life of a state: what five minutes without auth-server come to. */
const FIVE_MINUTES_MS = 5 * 60_000;
const ROUNDS = 4;

/** The outage lasts for what the replicas take for five minutes: what `outageMs` leaves of them, their clocks jump over. */
async function fiveMinutes({ cluster, outageMs }: Run): Promise<void> {
  await sleep(outageMs / 2);
  const ms = Math.max(0, FIVE_MINUTES_MS - outageMs);
  for (const { child } of cluster.replicas) child.tell({ kind: 'advance clock', ms });
  await sleep(outageMs / 2);
}

const postgresWires = ({ cluster }: Run) => cluster.authServers.map(({ postgres }) => postgres);

/** Strikes as soon as some change of the second auth-server is fenced and about to commit. */
async function atCommit(run: Run, strike: (node: AuthNode) => Promise<void>): Promise<void> {
  const node = run.cluster.authServers[1] as AuthNode;
  for (let round = 0; round < ROUNDS; round++) {
    const reached = node.child.reached();
    node.child.arm({ step: 'fenced', action: 'hold', times: 1 });
    await reached;
    await strike(node);
    run.fault();
    await sleep(400);
  }
}

/** auth-server or Postgres is gone, hangs, or answers a COMMIT late or never. */
export const outages: readonly Scenario[] = [
  {
    name: 'auth-server is gone for five minutes',
    promised: 'A and B',
    inject: (run) =>
      whileSteadyIsAnswered(run, async () => {
        await run.cluster.main.child.kill();
        await fiveMinutes(run);
        await run.cluster.main.startAgain();
      }),
  },
  {
    name: 'auth-server hangs (SIGSTOP) for five minutes',
    promised: 'A and B',
    inject: (run) =>
      whileSteadyIsAnswered(run, async () => {
        run.cluster.main.child.pause();
        await fiveMinutes(run);
        run.cluster.main.child.resume();
      }),
  },
  {
    name: 'Postgres cannot be reached for five minutes',
    promised: 'A and B',
    inject: (run) =>
      whileSteadyIsAnswered(run, async () => {
        for (const wire of postgresWires(run)) wire.refuse();
        await fiveMinutes(run);
      }),
  },
  {
    name: 'Postgres hangs for five minutes',
    promised: 'A and B',
    inject: (run) =>
      whileSteadyIsAnswered(run, async () => {
        for (const wire of postgresWires(run)) wire.hang('up', 'down');
        await fiveMinutes(run);
      }),
  },
  {
    name: 'connections to Postgres are cut',
    promised: 'A and B',
    async inject(run) {
      for (let cut = 0; cut < 30; cut++) {
        run.random.pick(postgresWires(run)).cut();
        run.fault();
        await sleep(200);
      }
    },
  },
  {
    name: 'a COMMIT stalls on its way',
    promised: 'A and B',
    inject: (run) =>
      atCommit(run, async (node) => {
        node.postgres.hang('up');
        node.child.tell({ kind: 'release' });
        await sleep(1_500);
        node.postgres.heal();
      }),
  },
  {
    name: "a COMMIT's answer is lost",
    promised: 'A and B',
    inject: (run) =>
      atCommit(run, async (node) => {
        node.postgres.hang('down');
        node.child.tell({ kind: 'release' });
        await sleep(500);
        node.postgres.cut();
        node.postgres.heal();
      }),
  },
  {
    name: 'a replica cannot reach auth-server',
    promised: 'A and B',
    async inject(run) {
      run.cluster.replicas[0]?.authServer.refuse();
      run.fault();
      await sleep(run.outageMs);
    },
  },
];
