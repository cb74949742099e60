import { Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import type { RegisteredApp } from '../../support/world.ts';
import { Dimension } from '../checker/history.ts';
import type { ApiClient } from '../cluster/api-client.ts';
import type { DatabaseOracle } from './database-oracle.ts';

export const SCOPES = ['posts:read', 'posts:write', 'comments:read'];
/** The scopes that a `self` token of a member has. */
export const MEMBER_SCOPES = ['posts:read', 'comments:read'];

let nextId = 1_000;

/** An app, the organization that owns it, and one in which a user installs it (`self`). Tenants share none of them. */
export class Tenant {
  readonly name: string;
  /** The organization in which the app is installed; also the id of its admin. */
  readonly organizationId = BigInt(nextId++);
  readonly installerId = nextId++;
  /** The organization that owns the app; also the id of its admin. */
  readonly ownerId = BigInt(nextId++);
  readonly ownerSubdomain = `owner-${this.ownerId}`;
  appId = 0;
  app: RegisteredApp = { clientId: '', clientSecret: '' };
  /** All access tokens that the app has received. */
  readonly tokens: string[] = [];
  /** `token N` for `tokens[N]`, `none`, or another text if the response with the live token was lost. */
  readonly liveToken: Dimension;
  /** Of the installing user, in the organization in which the app is installed. */
  readonly role: Dimension;
  /** Of the app or the organization that owns it. */
  readonly suspension: Dimension;
  /** Of the organization in which the app is installed. */
  readonly subdomain: Dimension;

  constructor(name: string) {
    this.name = name;
    this.liveToken = new Dimension(`${name}: live token`, 'none');
    this.role = new Dimension(`${name}: role`, 'admin');
    this.suspension = new Dimension(`${name}: suspension`, 'active');
    this.subdomain = new Dimension(`${name}: subdomain`, `globex-${this.organizationId}-0`);
  }

  get dimensions(): readonly Dimension[] {
    return [this.liveToken, this.role, this.suspension, this.subdomain];
  }

  get adminId(): number {
    return Number(this.organizationId);
  }

  /** Creates its organizations and users, and registers the app. Nothing is installed yet. */
  async seed({ world }: ApiClient, database: DatabaseOracle): Promise<void> {
    const { organizationId, ownerId, installerId, adminId, ownerSubdomain } = this;
    await world.putOrganization({ id: organizationId, subdomain: this.subdomain.value });
    await world.putOrganization({ id: ownerId, subdomain: ownerSubdomain });
    for (const [organization, user] of [
      [organizationId, adminId],
      [organizationId, installerId],
      [ownerId, Number(ownerId)],
    ] as const) {
      await world.directory.putUser({ user: { id: BigInt(user), name: `User ${user}`, email: '' } });
      await world.setRole(organization, user, Role.ADMIN);
    }
    const owner = { subdomain: ownerSubdomain, admin: Number(ownerId) };
    this.app = await world.registerApp({ name: this.name, declared_scopes: SCOPES }, owner);
    const { clientId } = this.app;
    this.appId = Number(await database.value('SELECT id AS value FROM apps WHERE client_id = $1', [clientId]));
  }
}
