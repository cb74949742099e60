import { OrganizationStatus, Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import type { ApiClient } from '../cluster/api-client.ts';
import { type LoadContext, perform } from './load-context.ts';
import { SCOPES, type Tenant } from './tenant.ts';

/** Changes of a tenant. Those of one dimension must not overlap; those of different dimensions may. */

const ROLES = { admin: Role.ADMIN, member: Role.MEMBER } as const;
/** A scope that no install is granted. */
const NOT_GRANTED = 'votes:read';

export function changeRole(
  context: LoadContext,
  client: ApiClient,
  tenant: Tenant,
  value: keyof typeof ROLES | 'none',
) {
  const { organizationId, installerId, role: dimension } = tenant;
  const { directory } = client.world;
  const userId = BigInt(installerId);
  const call = () =>
    client.rpc(
      value === 'none'
        ? directory.deleteMembership({ organizationId, userId })
        : directory.putMembership({ membership: { organizationId, userId, role: ROLES[value] } }),
    );
  const isCommitted = async () => (await context.database.role(organizationId, installerId)) === value;
  return perform({ dimension, value, call, isCommitted }, context);
}

/** Suspends or resumes the app (as an operator) or the organization that owns it (as the platform). */
export function changeSuspension(
  context: LoadContext,
  client: ApiClient,
  tenant: Tenant,
  value: 'active' | 'suspended',
  of: 'app' | 'owner' = 'app',
) {
  const { appId, app, ownerId, ownerSubdomain, suspension: dimension } = tenant;
  const { world } = client;
  const isSuspended = value === 'suspended';
  const status = isSuspended ? OrganizationStatus.SUSPENDED : OrganizationStatus.ACTIVE;
  const call = () => {
    if (of === 'app') return client.rpc(isSuspended ? world.suspendApp(app) : world.resumeApp(app));
    return client.rpc(world.putOrganization({ id: ownerId, subdomain: ownerSubdomain }, { status }));
  };
  const isCommitted = async () => (await context.database.suspension(appId, ownerId)) === value;
  return perform({ dimension, value, call, isCommitted }, context);
}

/** Changes to a new subdomain each time, so that every active response identifies its version. */
export function changeSubdomain(context: LoadContext, client: ApiClient, tenant: Tenant) {
  const { organizationId: id, subdomain: dimension } = tenant;
  const value = `globex-${id}-${dimension.versions.length}`;
  const call = () => client.rpc(client.world.putOrganization({ id, subdomain: value }, { name: 'Globex' }));
  const isCommitted = async () => (await context.database.subdomain(id)) === value;
  return perform({ dimension, value, call, isCommitted }, context);
}

/** Changes the role from admin to member, or from any other to admin. */
export function flipRole(context: LoadContext, client: ApiClient, tenant: Tenant) {
  return changeRole(context, client, tenant, tenant.role.value === 'admin' ? 'member' : 'admin');
}

/** Suspends the app, or resumes it. */
export function flipSuspension(context: LoadContext, client: ApiClient, tenant: Tenant) {
  return changeSuspension(context, client, tenant, tenant.suspension.value === 'active' ? 'suspended' : 'active');
}

/** Declares one more scope for the app, which no install has. False if refused (409): installs are still being updated. */
export async function widenApp(client: ApiClient, tenant: Tenant): Promise<boolean> {
  const { kind } = await declareScopes(client, tenant, [...SCOPES, NOT_GRANTED]);
  return kind !== 'refused';
}

/** Removes the scope that `widenApp` has added: fences and drops the app's stamp, but changes no response. */
export async function narrowApp(client: ApiClient, tenant: Tenant): Promise<void> {
  await declareScopes(client, tenant, SCOPES);
}

function declareScopes(client: ApiClient, { app, ownerId, ownerSubdomain }: Tenant, declared_scopes: string[]) {
  const path = `/oauth/apps/${app.clientId}`;
  return client.http(client.world.as(Number(ownerId), 'PATCH', path, { declared_scopes }, ownerSubdomain));
}
