import { conflict, invalidFields, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { AdminRequest } from '../app/app-manager.ts';
import { noteProblem } from '../app/shown-text.ts';
import {
  type AuthorizationParameters,
  type AuthorizationRequest,
  type AuthorizationRules,
  checkAuthorizationRequest,
} from '../consent/authorization-request.ts';
import { requireAdmin, transactionAsAdmin } from '../directory/require-admin.ts';
import { isSandbox } from '../directory/sandbox.ts';
import type { OrganizationId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import { describeRefusal, offerOf } from '../install-policy/install-policy.ts';
import type { Locks } from '../locks.ts';
import type { Paging } from '../paging.ts';
import type { Database, Stores } from '../stores.ts';
import {
  type InstallRequest,
  MAX_OPEN_OF_ORGANIZATION,
  MAX_OPEN_OF_USER,
  mayRequest,
  REQUEST_LIFETIME_DAYS,
} from './install-request.ts';

const DAY_MS = 24 * 60 * 60_000;

/** What a member requests. */
export interface RequestInput {
  readonly parameters: AuthorizationParameters;
  readonly organizationId: OrganizationId;
  readonly note: string;
}

/**
 * Requests of members to install an app. They give no permission: an admin has to consent, which marks the open requests
 * for the app as approved (ConsentManager; ADR 25).
 */
export class InstallRequestManager {
  readonly #database: Database;
  readonly #rules: AuthorizationRules;
  readonly #clock: Clock;

  constructor(database: Database, rules: AuthorizationRules, clock: Clock) {
    this.#database = database;
    this.#rules = rules;
    this.#clock = clock;
  }

  /**
   * Requests an app with the scopes that the install policy permits. Replaces an earlier request of the user for the app in
   * the organization.
   */
  async request(userId: UserId, input: RequestInput, initiator: Initiator): Promise<void> {
    const note = checkText('note', input.note);
    const { app } = await checkAuthorizationRequest(this.#database.stores, input.parameters, this.#rules);
    const { organizationId } = input;
    const locks: Locks = {
      organizations: { ids: [app.ownerOrganization.id, organizationId], mode: 'share' },
      app: { id: app.id, mode: 'share' },
      // Exclusive, so that concurrent requests cannot exceed MAX_OPEN_OF_USER. MAX_OPEN_OF_ORGANIZATION may be exceeded slightly.
      user: { id: userId, mode: 'update' },
    };
    await this.#database.transaction(async (stores) => {
      const authorization = await checkAuthorizationRequest(stores, input.parameters, this.#rules);
      const scopes = await requireRequestable(stores, userId, organizationId, authorization);
      const { clientId } = authorization.app;
      const now = new Date(this.#clock.now());
      const id = await stores.installRequests.put(
        { organizationId, appId: app.id, userId, actorMode: authorization.actor, scopes, note },
        now,
        new Date(now.getTime() + REQUEST_LIFETIME_DAYS * DAY_MS),
      );
      if (id === undefined) throw tooManyRequests();
      const details = { request_id: id, scope: scopes.join(' ') };
      await stores.audit.append(
        { action: 'install_request.created', initiator, organizationId, clientId, details },
        now,
      );
    }, locks);
  }

  /** One page of the open requests, and how many there are. */
  async list(by: AdminRequest, paging: Paging): Promise<{ requests: InstallRequest[]; openCount: number }> {
    const { stores } = this.#database;
    const { id } = await requireAdmin(stores, by.subdomain, by.userId);
    const now = new Date(this.#clock.now());
    const [requests, openCount] = await Promise.all([
      stores.installRequests.listOpen(id, paging, now),
      stores.installRequests.countOpen(id, now),
    ]);
    return { requests, openCount };
  }

  /** The member sees the reason on the consent page of the app. */
  async dismiss(by: AdminRequest, requestId: string, input: string): Promise<void> {
    const reason = checkText('reason', input);
    if (reason === '') throw invalidFields([{ field: 'reason', message: 'must not be empty' }]);
    await transactionAsAdmin(this.#database, by, 'share', async (stores, { id: organizationId }) => {
      const now = new Date(this.#clock.now());
      const dismissed = await stores.installRequests.dismiss(requestId, organizationId, by.userId, reason, now);
      if (dismissed === undefined) throw notFound('There is no open request with this id');
      const { id, clientId, requestedBy } = dismissed;
      const details = { request_id: id, requested_by: `user:${requestedBy}`, reason };
      const entry = { action: 'install_request.dismissed', initiator: by.initiator, organizationId, clientId } as const;
      await stores.audit.append({ ...entry, details }, now);
    });
  }
}

/** The scopes that can be requested; throws if the user cannot request the app. */
async function requireRequestable(
  { directory, installPolicies }: Stores,
  userId: UserId,
  organizationId: OrganizationId,
  { app, scopes }: AuthorizationRequest,
): Promise<readonly string[]> {
  const organization = await directory.findOrganization(organizationId);
  const role = organization && (await directory.roleOf(organizationId, userId));
  if (organization === undefined || role === undefined) throw notFound('You are not a member of this organization');
  const policy = await installPolicies.find(organizationId);
  const { refusal, permittedScopes } = offerOf(policy, app, scopes);
  if (mayRequest(role, organization, policy, refusal)) return permittedScopes;
  if (role === 'admin')
    throw conflict('You are an admin of this organization: connect the app instead of requesting it');
  if (organization.status !== 'active') throw conflict('This organization is suspended');
  if (isSandbox(organizationId))
    throw conflict('Apps cannot be requested for a sandbox; ask one of its admins to connect the app');
  throw conflict(
    refusal
      ? `The app cannot be requested: ${describeRefusal(refusal)}`
      : 'The admins of this organization do not accept requests',
  );
}

const tooManyRequests = () =>
  conflict(
    `There are too many open requests: a member can have ${MAX_OPEN_OF_USER}, an organization ${MAX_OPEN_OF_ORGANIZATION}`,
  );

function checkText(field: string, input: string): string {
  const text = input.replace(/\s+/g, ' ').trim();
  const problem = text === '' ? undefined : noteProblem(text);
  if (problem !== undefined) throw invalidFields([{ field, message: problem }]);
  return text;
}
