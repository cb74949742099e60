import { Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import type { AuthClient } from '../harness/auth-client.ts';
import { perform } from '../workload/perform.ts';
import type { Tenant } from '../workload/tenant.ts';
import type { Run } from './scenario.ts';

/** Single changes of a tenant that nobody else changes. They can overlap: no two need the same lock exclusively. */

/** admin ↔ member. */
export async function flipRole(run: Run, { organizationId, installerId, role: dimension }: Tenant, client: AuthClient) {
  const [value, role] =
    dimension.value === 'admin' ? (['member', Role.MEMBER] as const) : (['admin', Role.ADMIN] as const);
  const membership = { organizationId, userId: BigInt(installerId), role };
  const call = () => client.rpc(client.directory.putMembership({ membership }));
  const happened = async () => (await run.truth.roleOf(organizationId, installerId)) === value;
  await perform({ dimension, value, call, happened, repeatable: true }, run.place);
}

/** Suspended ↔ active, by an operator. */
export async function flipSuspension(run: Run, { appId, clientId, suspension: dimension }: Tenant, client: AuthClient) {
  const value = dimension.value === 'active' ? 'suspended' : 'active';
  const { operator } = client;
  const request = { clientId, reason: 'test' };
  const call = () => client.rpc(value === 'active' ? operator.resumeApp(request) : operator.suspendApp(request));
  const happened = async () => (await run.truth.appStatus(appId)) === value;
  await perform({ dimension, value, call, happened, repeatable: true }, run.place);
}

/** Asks every replica, one after another. */
export async function askAll({ cluster, load }: Run, tenant: Tenant): Promise<void> {
  for (const replica of cluster.replicas) await load.ask(replica, tenant, tenant.tokens.length - 1);
}
