import { conflict, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { AdminRequest } from '../app/app-manager.ts';
import { requireAdmin, transactionAsAdmin } from '../directory/require-admin.ts';
import { isSandbox } from '../directory/sandbox.ts';
import type { OrganizationId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Database, Stores } from '../stores.ts';
import type { InstallPolicy } from './install-policy.ts';
import type { ListedApp } from './install-policy-store.ts';
import { checkPolicy, MAX_LISTED_APPS } from './policy-fields.ts';

/** Consents and exchanges hold a shared lock on the organization, so none runs during the change of its policy. */
const LOCK_MODE = 'update';

/** A policy and the names of the apps in its lists. */
export interface PolicyView {
  readonly policy: InstallPolicy;
  readonly apps: readonly ListedApp[];
}

/** The install policies of organizations. Callers are admins of the organization, or operators. */
export class InstallPolicyManager {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async get(by: AdminRequest): Promise<PolicyView> {
    const { stores } = this.#database;
    return viewOf(stores, (await requireAdmin(stores, by.subdomain, by.userId)).id);
  }

  /** Replaces the policy. It applies to every consent and exchange that is committed later. */
  put(by: AdminRequest, input: InstallPolicy): Promise<PolicyView> {
    return transactionAsAdmin(this.#database, by, LOCK_MODE, (stores, { id }) =>
      this.#replace(stores, id, input, by.initiator),
    );
  }

  async getForOperator(organizationId: OrganizationId): Promise<PolicyView> {
    const { stores } = this.#database;
    await requireOrganization(stores, organizationId);
    return viewOf(stores, organizationId);
  }

  putForOperator(id: OrganizationId, input: InstallPolicy, reason: string, initiator: Initiator): Promise<PolicyView> {
    return this.#database.transaction(
      async (stores) => {
        await requireOrganization(stores, id);
        return this.#replace(stores, id, input, initiator, { reason });
      },
      { organizations: { ids: [id], mode: LOCK_MODE } },
    );
  }

  async #replace(
    stores: Stores,
    organizationId: OrganizationId,
    input: InstallPolicy,
    initiator: Initiator,
    details: Readonly<Record<string, string>> = {},
  ): Promise<PolicyView> {
    if (isSandbox(organizationId)) throw conflict('A sandbox has no install policy');
    const now = new Date(this.#clock.now());
    const policy = checkPolicy(input, await knownApps(stores, input));
    const changed = changedFields(await stores.installPolicies.find(organizationId), policy);
    if (Object.keys(changed).length > 0) {
      await stores.installPolicies.put(organizationId, policy, now);
      await stores.audit.append(
        { action: 'install_policy.changed', initiator, organizationId, details: { ...changed, ...details } },
        now,
      );
    }
    return viewOf(stores, organizationId);
  }
}

async function requireOrganization({ directory }: Stores, id: OrganizationId): Promise<void> {
  if ((await directory.findOrganization(id)) === undefined) throw notFound(`There is no organization ${id}`);
}

async function viewOf({ installPolicies }: Stores, organizationId: OrganizationId): Promise<PolicyView> {
  const policy = await installPolicies.find(organizationId);
  return { policy, apps: await installPolicies.findApps([...policy.allowedApps, ...policy.blockedApps]) };
}

/** The client ids that exist. Looks up at most MAX_LISTED_APPS of each list; checkPolicy rejects longer lists. */
async function knownApps({ installPolicies }: Stores, { allowedApps, blockedApps }: InstallPolicy) {
  const named = [allowedApps, blockedApps].flatMap((list) => [...new Set(list)].slice(0, MAX_LISTED_APPS));
  return new Set((await installPolicies.findApps(named)).map(({ clientId }) => clientId));
}

const AUDIT_NAMES: Record<keyof InstallPolicy, string> = {
  membersMayRequest: 'members_may_request',
  onlyVerifiedApps: 'only_verified_apps',
  allowedApps: 'allowed_apps',
  blockedApps: 'blocked_apps',
  permittedScopes: 'permitted_scopes',
};

/** The new values of the fields that differ, for the audit log. */
function changedFields(before: InstallPolicy, after: InstallPolicy): Record<string, string> {
  const textOf = (policy: InstallPolicy, field: keyof InstallPolicy) => [policy[field]].flat().join(' ');
  const fields = Object.keys(AUDIT_NAMES) as (keyof InstallPolicy)[];
  const changed = fields.filter((field) => textOf(before, field) !== textOf(after, field));
  return Object.fromEntries(changed.map((field) => [AUDIT_NAMES[field], textOf(after, field)]));
}
