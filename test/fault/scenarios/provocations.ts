import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaNode } from '../harness/replica-node.ts';
import type { Tenant } from '../workload/tenant.ts';
import { touch } from '../workload/touch.ts';
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
    apart: true,
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
  await run.cluster.redis.flush();
  await askAll(run, tenant);
  child.tell({ kind: 'release' });
  await change;
  await askAll(run, tenant);
});

/** While a change is fenced another one of the same token comes and goes; then the first commits and is slow to drop. */
export const overtaken = provocation('a change is overtaken by another of the same token', 'A and B', async (run) => {
  const { child } = run.apart.node;
  const { tenant } = await run.quietTenant();
  const [cached, , uncached] = run.cluster.replicas as [ReplicaNode, ReplicaNode, ReplicaNode];
  uncached.redis.refuse();
  const fenced = child.reached();
  child.arm({ step: 'fenced', action: 'hold', times: 1 });
  child.arm({ step: 'committed', action: 'hold', times: 1 });
  const change = flipRole(run, tenant, run.apart);
  await fenced;
  await touch(tenant, run.clients[1] ?? run.apart);
  await run.load.ask(cached, tenant, 0);
  await sleep(MOMENT_MS); // the answer is cached after it was given
  const committed = child.reached();
  child.tell({ kind: 'release' });
  await committed;
  await run.load.ask(uncached, tenant, 0);
  await run.load.ask(cached, tenant, 0);
  child.tell({ kind: 'release' });
  await change;
});

/** A change is done with everything but its drop when another one comes and is acknowledged. */
export const lateDrop = provocation('a change is late with what it does to the cache', 'A and B', async (run) => {
  const { tenant } = await run.quietTenant();
  run.apart.node.child.arm({ step: 'committed', action: 'delay', ms: MOMENT_MS, times: 1 });
  const change = flipRole(run, tenant, run.apart);
  await run.truth.roleOf(tenant.organizationId, tenant.installerId);
  await sleep(2 * MOMENT_MS);
  await flipSuspension(run, tenant, run.clients[1] ?? run.apart);
  await change;
  await askAll(run, tenant);
});

/** Postgres has answered a read, and the answer arrives after a change has been acknowledged. */
async function lateRead(run: Run, meanwhile: () => Promise<void>, afterwards: (tenant: Tenant) => Promise<unknown>) {
  const { cluster, load } = run;
  const { tenant } = await run.quietTenant();
  cluster.main.postgres.hang('down');
  const early = load.ask(cluster.replicas[0] as ReplicaNode, tenant, 0);
  await sleep(MOMENT_MS);
  await meanwhile();
  await flipRole(run, tenant, run.apart);
  const late = afterwards(tenant);
  await sleep(MOMENT_MS);
  cluster.main.postgres.heal();
  await Promise.all([early, late]);
  await askAll(run, tenant);
}

const nothing = async () => {};

export const lateFill = provocation('a read comes back after a change', 'A and B', (run) =>
  lateRead(run, nothing, nothing),
);

export const lateFlight = provocation(
  'a question comes after a change, beside a read from before it',
  'A and B',
  (run) => lateRead(run, nothing, (tenant) => run.load.ask(run.cluster.replicas[0] as ReplicaNode, tenant, 0)),
);

export const failover = provocation('a read comes back after a failover of Redis and a change', 'A', (run) =>
  lateRead(
    run,
    async () => {
      await run.cluster.redis.kill();
      await run.cluster.redis.startAgain('lose');
    },
    nothing,
  ),
);

export const provocations: readonly Scenario[] = [lostFence, overtaken, lateDrop, lateFill, lateFlight, failover];
