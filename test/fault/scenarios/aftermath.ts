import type { IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { ReplicaNode } from '../harness/replica-node.ts';
import { nameOfReason, observe } from '../workload/answers.ts';
import { hashOf } from '../workload/life.ts';
import { MEMBER_SCOPES, SCOPES, type Tenant } from '../workload/tenant.ts';
import type { TokenTruth, Truth } from '../workload/truth.ts';

/** G3: pending drops land by themselves within this time after the last fault. */
const QUIET_LIMIT_MS = 15_000;
const ANSWER_LIMIT_MS = 10_000;
const POLL_MS = 100;
const TOKENS_COMPARED = 8;

/** Resolves when no drop is owed any more; whatever was acknowledged or found out to be committed is done then. */
export async function untilQuiet(truth: Truth): Promise<void> {
  const deadline = performance.now() + QUIET_LIMIT_MS;
  while ((await truth.pendingDrops()) > 0) {
    if (performance.now() > deadline) throw new Error(`G3: drops are still pending after ${QUIET_LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** G3 and C: every replica says of every token what Postgres says, and Postgres has what the changers know. */
export async function compareWithTruth(
  cluster: Cluster,
  tenants: readonly Tenant[],
  truth: Truth,
  defects: string[],
): Promise<void> {
  const doubles = await truth.doubles();
  if (doubles > 0) defects.push(`C: ${doubles} installs are live twice`);
  for (const tenant of tenants) {
    defects.push(...(await lostChanges(tenant, truth)));
    const { length } = tenant.tokens;
    for (let index = Math.max(0, length - TOKENS_COMPARED); index < length; index++) {
      const expected = inWords(await truth.token(hashOf(tenant.tokens[index] as string)));
      for (const replica of cluster.replicas) {
        const answered = await finalAnswer(replica, tenant, index);
        if (answered !== expected) {
          defects.push(
            `G3: ${replica.name} says ${answered} of ${tenant.name}'s token ${index}, Postgres says ${expected}`,
          );
        }
      }
    }
  }
}

/** Values that the changers were told, or have found out, and that Postgres does not have. */
async function lostChanges(tenant: Tenant, truth: Truth): Promise<string[]> {
  const { appId, organizationId, ownerId, installerId } = tenant;
  const statuses = [await truth.appStatus(appId), (await truth.organization(ownerId)).status];
  const found = new Map([
    [tenant.role, await truth.roleOf(organizationId, installerId)],
    [tenant.subdomain, (await truth.organization(organizationId)).subdomain],
    [tenant.suspension, statuses.includes('suspended') ? 'suspended' : 'active'],
  ]);
  return [...found].flatMap(([dimension, value]) =>
    dimension.value === value ? [] : [`G3: ${dimension.name} is ${value} in Postgres, should be ${dimension.value}`],
  );
}

/** Nothing is broken any more: circuits close and connections come back within a bound. */
async function finalAnswer(replica: ReplicaNode, tenant: Tenant, index: number): Promise<string> {
  const deadline = performance.now() + ANSWER_LIMIT_MS;
  for (;;) {
    const startedAt = performance.now();
    try {
      const response = await replica.introspect(tenant.tokens[index] as string);
      observe(tenant, index, response, { startedAt, endedAt: performance.now(), where: replica.name });
      return answerInWords(response);
    } catch (error) {
      if (performance.now() > deadline) return `nothing but ${(error as Error).message}`;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function inWords(truth: TokenTruth): string {
  if ('inactive' in truth) return truth.inactive;
  const scopes = truth.role === 'admin' ? SCOPES : MEMBER_SCOPES;
  return `active in ${truth.subdomain} for ${scopes.join(' ')}`;
}

function answerInWords({ active, inactiveReason, organization, scopes }: IntrospectResponse): string {
  if (!active) return nameOfReason(inactiveReason);
  return `active in ${organization?.subdomain} for ${scopes.join(' ')}`;
}
