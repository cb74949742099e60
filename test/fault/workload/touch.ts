import type { AuthClient } from '../harness/auth-client.ts';
import { SCOPES, type Tenant } from './tenant.ts';

const NOT_GRANTED = 'votes:read';

/** Narrows the app by what no install was granted: that fences and drops its stamp and alters no answer. */
export async function touch(tenant: Tenant, client: AuthClient): Promise<void> {
  if (await declareMore(tenant, client)) await declareLess(tenant, client);
}

/**
 * Gives the app a scope that no install has, which changes nothing else. False if it was refused (409): the rows of its
 * installs still follow the last narrowing.
 */
export async function declareMore(tenant: Tenant, client: AuthClient): Promise<boolean> {
  const { kind } = await declare(tenant, client, [...SCOPES, NOT_GRANTED]);
  return kind !== 'refused';
}

/** Takes it away again. */
export async function declareLess(tenant: Tenant, client: AuthClient): Promise<void> {
  await declare(tenant, client, SCOPES);
}

function declare({ clientId, ownerId, ownerSubdomain }: Tenant, client: AuthClient, declared_scopes: string[]) {
  return client.asUser(Number(ownerId), ownerSubdomain, 'PATCH', `/oauth/apps/${clientId}`, { declared_scopes });
}
