import { OrganizationStatus, Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import { Dimension } from '../checker/history.ts';
import type { AuthClient, Outcome } from '../harness/auth-client.ts';
import type { Truth } from './truth.ts';

export const REDIRECT_URI = 'https://app.example/callback';
export const SCOPES = ['posts:read', 'posts:write', 'comments:read'];
/** What of them is left to a `self` token of a member. */
export const MEMBER_SCOPES = ['posts:read', 'comments:read'];

/** A pair that its app holds. */
export interface HeldPair {
  readonly access: string;
  readonly refresh: string;
  /** The code that began its line. */
  readonly code: string;
}

/**
 * One install and everybody around it: the organization that it is in with an admin and the user who installs (`self`),
 * and the organization that owns the app. All tokens that it ever had are remembered, by their order.
 */
export class Tenant {
  readonly name: string;
  /** The organization; also the id of its admin. */
  readonly organizationId: bigint;
  readonly installerId: number;
  /** The organization that owns the app; also the id of its admin. */
  readonly ownerId: bigint;
  readonly ownerSubdomain: string;
  appId = 0;
  clientId = '';
  clientSecret = '';
  readonly tokens: string[] = [];
  readonly life: Dimension;
  readonly role: Dimension;
  readonly suspension: Dimension;
  readonly subdomain: Dimension;

  /** `id`: this and the next two ids are the tenant's. */
  constructor(name: string, id: number) {
    this.name = name;
    this.organizationId = BigInt(id);
    this.installerId = id + 1;
    this.ownerId = BigInt(id + 2);
    this.ownerSubdomain = `owner-${id}`;
    this.life = new Dimension(`${name}: live token`, 'none');
    this.role = new Dimension(`${name}: role`, 'admin');
    this.suspension = new Dimension(`${name}: suspension`, 'active');
    this.subdomain = new Dimension(`${name}: subdomain`, `globex-${id}-0`);
  }

  get dimensions(): readonly Dimension[] {
    return [this.life, this.role, this.suspension, this.subdomain];
  }

  get adminId(): number {
    return Number(this.organizationId);
  }
}

/** Puts everybody in place and registers the app. Nothing is installed yet. */
export async function seedTenant(tenant: Tenant, client: AuthClient, truth: Truth): Promise<void> {
  const { directory } = client;
  const { organizationId, ownerId, installerId, adminId, ownerSubdomain } = tenant;
  for (const [id, subdomain] of [
    [organizationId, tenant.subdomain.value],
    [ownerId, ownerSubdomain],
  ] as const) {
    await directory.putOrganization({
      organization: { id, subdomain, name: subdomain, status: OrganizationStatus.ACTIVE },
    });
  }
  for (const [organization, user] of [
    [organizationId, adminId],
    [organizationId, installerId],
    [ownerId, Number(ownerId)],
  ] as const) {
    await directory.putUser({ user: { id: BigInt(user), name: `User ${user}`, email: '' } });
    await directory.putMembership({
      membership: { organizationId: organization, userId: BigInt(user), role: Role.ADMIN },
    });
  }
  const registration = {
    name: tenant.name,
    redirect_uris: [REDIRECT_URI],
    allowed_actor_modes: ['app', 'self'], // a crowd is installed as the app
    declared_scopes: SCOPES,
  };
  const { client_id, client_secret } = done(
    await client.asUser(Number(ownerId), ownerSubdomain, 'POST', '/oauth/apps', registration),
  );
  tenant.clientId = String(client_id);
  tenant.clientSecret = String(client_secret);
  const [app] = await truth.rows<{ id: string }>('SELECT id FROM apps WHERE client_id = $1', [tenant.clientId]);
  tenant.appId = Number(app?.id);
}

/** The body of a call that has to succeed. */
export function done(outcome: Outcome): Readonly<Record<string, unknown>> {
  if (outcome.kind !== 'done') throw new Error(`a call that had to succeed did not: ${JSON.stringify(outcome)}`);
  return outcome.body;
}
