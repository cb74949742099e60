import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthClient } from '../harness/auth-client.ts';
import type { ReplicaNode } from '../harness/replica-node.ts';
import type { Life } from '../workload/life.ts';
import type { Tenant } from '../workload/tenant.ts';
import { declareLess, declareMore } from '../workload/touch.ts';
import { askAll, flipRole, flipSuspension } from './quiet-changes.ts';
import type { Run, Scenario } from './scenario.ts';

const ROUNDS = 3;
/** Longer than a question takes, much shorter than the broken variants are late. */
const MOMENT_MS = 250;

/** An order of steps, forced on a quiet tenant amid the load of the others. */
function provocation(name: string, promised: Scenario['promised'], round: (run: Run) => Promise<void>): Scenario {
  return {
    name,
    promised,
    apart: 2,
    async inject(run) {
      for (let count = 0; count < ROUNDS; count++) {
        await round(run);
        run.fault();
        run.cluster.heal();
      }
    },
  };
}

/** A fence is lost before its change commits, and the old state is read again. */
export const lostFence = provocation('a fence is lost before the commit', 'A', async (run) => {
  const { child } = run.apart.node;
  const { tenant } = await run.quietTenant();
  const fenced = child.reached();
  child.arm({ step: 'fenced', action: 'hold', times: 1 });
  const change = flipRole(run, tenant, run.apart);
  await fenced;
  await run.cluster.redis.loseEntries();
  await askAll(run, tenant);
  child.tell({ kind: 'release' });
  await change;
  await askAll(run, tenant);
});

/** A change has committed and is slow to drop while the next one of the same stamp is fenced and then commits. */
export const overtaken = provocation(
  'a change is overtaken by the next one of the same stamp',
  'A and B',
  async (run) => {
    const { child } = run.apart.node;
    const other = run.clients[1] as AuthClient;
    const { tenant } = await run.quietTenant();
    while (!(await declareMore(tenant, run.apart))) await sleep(MOMENT_MS);
    const [cached, , uncached] = run.cluster.replicas as [ReplicaNode, ReplicaNode, ReplicaNode];
    uncached.redis.refuse();
    const held = [child.reached(), other.node.child.reached()] as const;
    child.arm({ step: 'committed', action: 'hold', times: 1 });
    const first = declareLess(tenant, run.apart);
    await held[0];
    other.node.child.arm({ step: 'fenced', action: 'hold', times: 1 });
    const second = flipSuspension(run, tenant, other);
    await held[1];
    child.tell({ kind: 'release' });
    await first;
    await run.load.ask(cached, tenant, 0);
    await sleep(MOMENT_MS); // the answer is cached after it was given
    other.node.child.arm({ step: 'committed', action: 'hold', times: 1 });
    other.node.child.tell({ kind: 'release' });
    await run.load.ask(uncached, tenant, 0);
    await run.load.ask(cached, tenant, 0);
    other.node.child.tell({ kind: 'release' });
    await second;
  },
);

/** One change after another of the same stamp, with questions between them. */
export const twice = provocation('one change after another', 'A and B', async (run) => {
  const { tenant } = await run.quietTenant();
  for (let change = 0; change < 3; change++) {
    await askAll(run, tenant);
    await flipRole(run, tenant, run.apart);
  }
  await askAll(run, tenant);
});

/** Postgres has been read for a question, and the reply arrives after a change has been acknowledged. */
async function lateRead(
  run: Run,
  meanwhile: () => Promise<void>,
  change: (tenant: Tenant, life: Life) => Promise<void>,
  afterwards: (tenant: Tenant) => Promise<unknown>,
) {
  const { cluster, load } = run;
  const { tenant, life } = await run.quietTenant(run.apart);
  const [replica] = cluster.replicas as [ReplicaNode];
  replica.authServer.hang('down');
  const early = load.ask(replica, tenant, 0);
  await sleep(MOMENT_MS);
  await meanwhile();
  await change(tenant, life);
  const late = afterwards(tenant);
  await sleep(MOMENT_MS);
  replica.authServer.heal();
  await Promise.all([early, late]);
  await askAll(run, tenant);
}

const nothing = async () => {};

export const lateFill = provocation('a read comes back after a change', 'A and B', (run) =>
  lateRead(run, nothing, (_tenant, life) => life.revokeAccess(), nothing),
);

export const lateFlight = provocation(
  'a question comes after a change, beside a read from before it',
  'A and B',
  (run) =>
    lateRead(
      run,
      nothing,
      (tenant) => flipRole(run, tenant, run.apart),
      (tenant) => run.load.ask(run.cluster.replicas[0] as ReplicaNode, tenant, 0),
    ),
);

export const failover = provocation('a read comes back after a failover of Redis and a change', 'A', (run) =>
  lateRead(
    run,
    async () => {
      await run.cluster.redis.kill();
      await run.cluster.redis.startAgain('lose');
    },
    (tenant) => flipRole(run, tenant, run.apart),
    nothing,
  ),
);

export const provocations: readonly Scenario[] = [lostFence, overtaken, twice, lateFill, lateFlight, failover];
