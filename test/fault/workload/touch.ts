import type { AuthClient } from '../harness/auth-client.ts';
import { SCOPES, type Tenant } from './tenant.ts';

const NOT_GRANTED = 'votes:read';

/** Narrows the app by what no install was granted: that fences and drops all its tokens and alters no answer. */
export async function touch({ clientId, ownerId, ownerSubdomain }: Tenant, client: AuthClient): Promise<void> {
  for (const declared_scopes of [[...SCOPES, NOT_GRANTED], SCOPES]) {
    await client.asUser(Number(ownerId), ownerSubdomain, 'PATCH', `/oauth/apps/${clientId}`, { declared_scopes });
  }
}
