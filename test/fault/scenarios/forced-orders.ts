import { setTimeout as sleep } from 'node:timers/promises';
import type { Promised } from '../checker/checker.ts';
import type { ReplicaNode } from '../cluster/nodes.ts';
import type { BrokenVariant } from '../cluster/processes/broken-variants.ts';
import type { Tenant } from '../workload/tenant.ts';
import { flipRole, flipSuspension, narrowApp, widenApp } from '../workload/tenant-changes.ts';
import type { TokenLifecycle } from '../workload/token-lifecycle.ts';
import type { Run, Scenario, Scenarios } from './run.ts';

/** Longer than a read takes. */
const SHORT_PAUSE_MS = 250;

/** The response to a read of a token has more bytes; acknowledgements of HTTP/2 have fewer. */
const MIN_RESPONSE_BYTES = 100;
const POLL_MS = 10;

/** Forces an order of steps on a quiet tenant, amid the load of the others. */
const forced = (promised: Promised, round: (run: Run) => Promise<void>): Scenario => ({
  promised,
  reserved: 2,
  inject: (run) =>
    run.repeat(3, 0, async () => {
      await round(run);
      run.cluster.heal();
    }),
});

/** The response of auth-server to a read is delayed until a change has been acknowledged and `afterwards` has started. */
const delayedRead = (
  promised: Promised,
  change: (run: Run, tenant: Tenant, tokens: TokenLifecycle) => Promise<unknown>,
  afterwards: (run: Run, tenant: Tenant) => Promise<void> = async () => {},
) =>
  forced(promised, async (run) => {
    const { firstReplica: replica, load } = run;
    const { tenant, tokens } = await run.quietTenant(run.lastClient);
    replica.authServer.hang('down');
    let hasResponse = false;
    const early = load.introspect(replica, tenant).finally(() => {
      hasResponse = true;
    });
    while (!hasResponse && replica.authServer.bufferedBytes('down') < MIN_RESPONSE_BYTES) await sleep(POLL_MS);
    await change(run, tenant, tokens);
    const late = afterwards(run, tenant);
    await sleep(SHORT_PAUSE_MS);
    replica.authServer.heal();
    await Promise.all([early, late]);
    await run.introspectEverywhere(tenant);
  });

const lostFence = forced('A', async (run) => {
  const { node } = run.lastClient;
  const { tenant } = await run.quietTenant();
  const fenced = node.arm('fenced', 'hold');
  const change = flipRole(run, run.lastClient, tenant);
  await fenced;
  await run.cluster.redis.loseEntries();
  await run.introspectEverywhere(tenant);
  node.send({ kind: 'release' });
  await change;
  await run.introspectEverywhere(tenant);
});

/** The first change has committed, but drops its key only after the second one has fenced it; then the second one commits. */
const overtaken = forced('A and B', async (run) => {
  const [, other, last] = run.clients as [never, Run['lastClient'], Run['lastClient']];
  const { tenant } = await run.quietTenant();
  while (!(await widenApp(last, tenant))) await sleep(SHORT_PAUSE_MS);
  const [cached, , uncached] = run.cluster.replicas as [ReplicaNode, ReplicaNode, ReplicaNode];
  uncached.redis.refuse();
  const firstCommitted = last.node.arm('committed', 'hold');
  const first = narrowApp(last, tenant);
  await firstCommitted;
  const secondFenced = other.node.arm('fenced', 'hold');
  const second = flipSuspension(run, other, tenant);
  await secondFenced;
  last.node.send({ kind: 'release' });
  await first;
  await run.load.introspect(cached, tenant);
  await sleep(SHORT_PAUSE_MS); // the state is cached after the response
  const secondCommitted = other.node.arm('committed', 'hold');
  other.node.send({ kind: 'release' });
  await secondCommitted;
  await run.load.introspect(uncached, tenant);
  await run.load.introspect(cached, tenant);
  other.node.send({ kind: 'release' });
  await second;
});

const sequence = forced('A and B', async (run) => {
  const { tenant } = await run.quietTenant();
  for (let change = 0; change < 3; change++) {
    await run.introspectEverywhere(tenant);
    await flipRole(run, run.lastClient, tenant);
  }
  await run.introspectEverywhere(tenant);
});

const lateFill = delayedRead('A and B', (_run, _tenant, tokens) => tokens.revokeAccess());

const lateJoin = delayedRead(
  'A and B',
  (run, tenant) => flipRole(run, run.lastClient, tenant),
  (run, tenant) => run.load.introspect(run.firstReplica, tenant),
);

const restartedRedis = delayedRead('A', async (run, tenant) => {
  await run.cluster.redis.kill();
  await run.cluster.redis.restart('lose');
  await flipRole(run, run.lastClient, tenant);
});

export const forcedOrders: Scenarios = {
  'a fence is lost before the commit': lostFence,
  'a change is overtaken by the next one of the same stamp': overtaken,
  'changes of the same stamp, one after another': sequence,
  'a read returns after a change': lateFill,
  'a read begins after a change, while an earlier read is in progress': lateJoin,
  'a read returns after an empty restart of Redis and a change': restartedRedis,
};

/** For each broken variant a scenario in which it violates a guarantee. */
const BROKEN_RUNS: Record<BrokenVariant, Scenario> = {
  acknowledgesBeforeDrop: lostFence,
  unfenced: overtaken,
  dropRemovesOtherFences: overtaken,
  dropsToConstantStamp: sequence,
  fillsWithoutLease: lateFill,
  joinsLookupsInFlight: lateJoin,
  fillsAnyGeneration: restartedRedis,
  ignoresStamps: sequence,
};

/** The scenario runs with the broken variant; the final checks run with the correct protocol. */
export const brokenRuns: Scenarios = Object.fromEntries(
  (Object.entries(BROKEN_RUNS) as [BrokenVariant, Scenario][]).map(([variant, scenario]) => [
    variant,
    {
      ...scenario,
      async inject(run) {
        const { services } = run.cluster;
        for (const node of services) node.send({ kind: 'break', variant });
        try {
          await scenario.inject(run);
        } finally {
          for (const node of services) node.send({ kind: 'break', variant: undefined });
        }
      },
    },
  ]),
);
