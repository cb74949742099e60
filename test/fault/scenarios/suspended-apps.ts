import { setTimeout as sleep } from 'node:timers/promises';
import { InactiveReason } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { installIntoMany } from '../../support/many-installs.ts';
import { Tables } from '../../support/tables.ts';
import { describe, LOOPS, type Recorder } from '../workload/introspection-load.ts';
import type { Tenant } from '../workload/tenant.ts';
import { flipSuspension } from '../workload/tenant-changes.ts';
import type { Run, Scenario, Scenarios } from './run.ts';

const INSTALLS = 50_000;
/** How long tokens are introspected before the first change and after the last one. */
const BEFORE_MS = 3_000;
const AFTER_MS = 1_500;

/** Suspends and resumes an app with very many installs while random tokens of the app are introspected. */
const flips = (change: (run: Run, flip: () => Promise<unknown>) => Promise<unknown>): Scenario => ({
  reserved: 1,
  async inject(run) {
    const { tenant } = await run.quietTenant();
    const tokens = await installMany(run, tenant);
    let isOver = false;
    const loop = async (replica: Run['firstReplica']) => {
      while (!isOver) await introspect(run, replica, tenant, run.random.pick(tokens));
    };
    const loops = Promise.all(
      run.cluster.replicas.flatMap((replica) => Array.from({ length: LOOPS }, () => loop(replica))),
    );
    await sleep(BEFORE_MS);
    await run.repeat(3, 0, () => change(run, () => flipSuspension(run, run.lastClient, tenant)));
    await sleep(AFTER_MS);
    isOver = true;
    await loops;
  },
});

async function installMany({ cluster }: Run, { app }: Tenant): Promise<string[]> {
  const { databaseUrl, credentialKey } = cluster.config;
  const tables = new Tables(databaseUrl);
  const options = { credentialKey, app, installs: INSTALLS, known: INSTALLS };
  return installIntoMany(tables, options).finally(() => tables.close());
}

/** Only the suspension of their app changes the responses about these tokens. */
function introspect({ load }: Run, replica: Run['firstReplica'], tenant: Tenant, token: string): Promise<void> {
  const record: Recorder = (response, request) => {
    const isSuspended = response.inactiveReason === InactiveReason.SUSPENDED;
    if (!response.active && !isSuspended)
      return `${request.where} says ${describe(response)} of a token of a large app`;
    tenant.suspension.observe(request, isSuspended ? 'suspended' : 'active');
    return undefined;
  };
  return load.introspectToken(replica, tenant, token, record);
}

/** A suspension changes one row, and the responses about all installs of the app. */
export const suspendedApps: Scenarios = {
  [`an app with ${INSTALLS} installs is suspended and resumed`]: flips((_run, flip) => flip()),
  [`kill -9 of auth-server that has suspended or resumed an app with ${INSTALLS} installs and not dropped its stamp`]:
    flips(async ({ lastClient: { node } }, flip) => {
      const committed = node.arm('committed', 'kill');
      const change = flip();
      await committed;
      await node.exited();
      await node.start();
      await change;
    }),
};
