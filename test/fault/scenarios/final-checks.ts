import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaNode } from '../cluster/nodes.ts';
import { describe, observe } from '../workload/introspection-load.ts';
import type { Tenant } from '../workload/tenant.ts';
import { hashOf } from '../workload/token-lifecycle.ts';
import type { Run } from './run.ts';

const DROP_LIMIT_MS = 15_000;
const RESPONSE_LIMIT_MS = 10_000;
const POLL_MS = 100;
const TOKENS_COMPARED = 8;

/**
 * After the last fault: all drops are completed, there are no two live pairs or installs where one is allowed, no
 * acknowledged change is lost, and every replica agrees with Postgres. Returns what is wrong.
 */
export async function finalChecks(run: Run): Promise<string[]> {
  const defects = await pendingDrops(run);
  const duplicates = await run.database.duplicates();
  if (duplicates > 0)
    defects.push(`${duplicates} installs with two live pairs, or apps with two live installs in one organization`);
  for (const tenant of run.tenants) {
    defects.push(...(await lostChanges(run, tenant)), ...(await differences(run, tenant)));
  }
  return defects;
}

/** Pending drops are completed without further changes. */
async function pendingDrops({ database }: Run): Promise<string[]> {
  const deadline = performance.now() + DROP_LIMIT_MS;
  while ((await database.pendingInvalidations()) > 0) {
    if (performance.now() > deadline) return [`drops are still pending after ${DROP_LIMIT_MS} ms`];
    await sleep(POLL_MS);
  }
  return [];
}

/** Postgres has the newest known role, subdomain and suspension, or one that an abandoned change may have set after it. */
async function lostChanges({ database }: Run, tenant: Tenant): Promise<string[]> {
  const { appId, organizationId, ownerId, installerId, role, subdomain, suspension } = tenant;
  const stored = [
    [role, await database.role(organizationId, installerId)],
    [subdomain, await database.subdomain(organizationId)],
    [suspension, await database.suspension(appId, ownerId)],
  ] as const;
  return stored
    .filter(([dimension, value]) => dimension.value !== value && !dimension.mayBecome(value))
    .map(([{ name, value: expected }, value]) => `${name} is ${value} in Postgres, should be ${expected}`);
}

/** Every replica agrees with Postgres about every recent token. */
async function differences({ cluster, database }: Run, tenant: Tenant): Promise<string[]> {
  const defects: string[] = [];
  const { length } = tenant.tokens;
  for (let index = Math.max(0, length - TOKENS_COMPARED); index < length; index++) {
    const expected = await database.token(hashOf(tenant.tokens[index] as string));
    for (const replica of cluster.replicas) {
      const response = await finalResponse(replica, tenant, index);
      if (response === expected) continue;
      defects.push(`${replica.name} says ${response} of ${tenant.name}'s token ${index}, Postgres says ${expected}`);
    }
  }
  return defects;
}

/** Retries for a limited time, until connections are restored. */
async function finalResponse(replica: ReplicaNode, tenant: Tenant, index: number): Promise<string> {
  const deadline = performance.now() + RESPONSE_LIMIT_MS;
  for (;;) {
    const startedAt = performance.now();
    try {
      const response = await replica.introspect(tenant.tokens[index] as string);
      observe(tenant, index, response, { startedAt, endedAt: performance.now(), where: replica.name });
      return describe(response);
    } catch (error) {
      if (performance.now() > deadline) return (error as Error).message;
      await sleep(POLL_MS);
    }
  }
}
