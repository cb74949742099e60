import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { AUTHORIZATION_CODE_LIFETIME_SECONDS } from '#common/credentials/kinds.ts';
import { notAnAdmin } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import { type ScopeEntry, scopeEntry } from '#common/scopes/catalog.ts';
import type { App } from '../app/app.ts';
import type { Organization } from '../directory/directory.ts';
import { ownerOfSandbox } from '../directory/sandbox.ts';
import type { OrganizationId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import { describeRefusal, refusalOf } from '../install-policy/install-policy.ts';
import { approveRequests } from '../install-request/approve-requests.ts';
import type { Locks } from '../locks.ts';
import type { Database, Stores } from '../stores.ts';
import { intersectWebhookEvents, WEBHOOK_SCOPE } from '../webhook/event-catalog.ts';
import {
  type AuthorizationParameters,
  type AuthorizationRequest,
  type AuthorizationRules,
  authorizationError,
  checkAuthorizationRequest,
} from './authorization-request.ts';
import {
  type ConsentOrganization,
  type ListedOrganization,
  type OrganizationFilter,
  type ShownRequests,
  toConsentOrganization,
} from './consent-organization.ts';

/** What a consent page shows. */
export interface ConsentView extends AuthorizationRequest {
  readonly requestedScopes: readonly ScopeEntry[];
  readonly webhookEvents: readonly string[];
  /** One page of the user's organizations that match the filter. */
  readonly organizations: readonly ConsentOrganization[];
}

/** What the user decided. */
export interface ConsentDecision {
  /** Those of the request, with the `scope` and `actor` that the user chose. */
  readonly parameters: AuthorizationParameters;
  readonly decision: 'approve' | 'deny';
  readonly targetOrganizationId: OrganizationId | undefined;
  /** Undefined: all that the app subscribes to. */
  readonly webhookEvents: readonly string[] | undefined;
}

/** Maximum number of open install requests shown, for all organizations of the page together. */
const MAX_REQUESTS_SHOWN = 10;

/** Shows authorization requests to users and records their decisions. */
export class ConsentManager {
  readonly #database: Database;
  readonly #format: CredentialFormat;
  readonly #rules: AuthorizationRules;
  readonly #clock: Clock;

  constructor(database: Database, format: CredentialFormat, rules: AuthorizationRules, clock: Clock) {
    this.#database = database;
    this.#format = format;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Checks an authorization request and returns what the consent page shows. */
  async view(userId: UserId, parameters: AuthorizationParameters, filter: OrganizationFilter): Promise<ConsentView> {
    const { stores } = this.#database;
    const request = await checkAuthorizationRequest(stores, parameters, this.#rules);
    const organizations = await stores.consentOrganizations.list(userId, request.app, filter);
    const requests = await this.#requestsOf(userId, request.app, organizations);
    return {
      ...request,
      requestedScopes: request.scopes.map(scopeEntry),
      webhookEvents: eventsOf(request, undefined),
      organizations: organizations.map((listed) => toConsentOrganization(listed, request, requests)),
    };
  }

  async #requestsOf(userId: UserId, app: App, listed: readonly ListedOrganization[]): Promise<ShownRequests> {
    const { installRequests } = this.#database.stores;
    const idsOf = (isAdmin: boolean) =>
      listed.filter(({ role }) => (role === 'admin') === isAdmin).map(({ organization }) => organization.id);
    const now = this.#now();
    const [own, open] = await Promise.all([
      installRequests.listOfMember(userId, app.id, idsOf(false), now),
      installRequests.listOpenOfApp(app.id, idsOf(true), MAX_REQUESTS_SHOWN, now),
    ]);
    return { own, open };
  }

  /**
   * Records the decision and returns the address to redirect the browser to. An approval issues a single-use code, which
   * replaces the outstanding one of the app and organization.
   */
  async decide(userId: UserId, decision: ConsentDecision, initiator: Initiator): Promise<string> {
    const { stores } = this.#database;
    const request = await checkAuthorizationRequest(stores, decision.parameters, this.#rules);
    const { clientId } = request.app;
    if (decision.decision === 'deny') {
      const organizationId = decision.targetOrganizationId;
      // Users cannot write to the audit log of an organization that they do not belong to.
      const role = organizationId && (await stores.directory.roleOf(organizationId, userId));
      const about = organizationId !== undefined && role ? { organizationId } : {};
      await stores.audit.append({ action: 'consent.denied', initiator, clientId, ...about }, this.#now());
      return this.#rules.responder.error(request, 'access_denied', 'the user declined');
    }
    const organization = await this.#requireTarget(stores, userId, decision.targetOrganizationId, request);
    return this.#approve(userId, organization.id, decision, request.app, initiator);
  }

  /**
   * Repeats all checks under the locks: a concurrent narrowing, suspension or removal either commits before these checks,
   * or finds the code and voids it. A demotion or a change of the policy is found here or by the exchange.
   */
  #approve(
    userId: UserId,
    organizationId: OrganizationId,
    decision: ConsentDecision,
    { id: appId, ownerOrganization }: App,
    initiator: Initiator,
  ): Promise<string> {
    const code = this.#format.mint('authorization_code');
    const locks: Locks = {
      organizations: { ids: [ownerOrganization.id, organizationId], mode: 'share' },
      app: { id: appId, mode: 'share' },
      user: { id: userId, mode: 'share' },
    };
    return this.#database.transaction(async (stores) => {
      const { codes, audit } = stores;
      const request = await checkAuthorizationRequest(stores, decision.parameters, this.#rules);
      await this.#requireTarget(stores, userId, organizationId, request);
      await this.#requirePermission(stores, organizationId, request);
      const webhookEvents = this.#chosenEvents(request, decision.webhookEvents);
      const { app, redirectUri, actor, scopes, codeChallenge } = request;
      const now = this.#now();
      const binding = {
        appId: app.id,
        organizationId,
        userId,
        redirectUri,
        actorMode: actor,
        scopes,
        webhookEvents,
        codeChallenge,
      };
      const expiresAt = new Date(now.getTime() + AUTHORIZATION_CODE_LIFETIME_SECONDS * 1_000);
      await codes.replaceOutstanding(hashCredential(code.reveal()), binding, now, expiresAt);
      const details = { actor, scope: scopes.join(' ') };
      await audit.append(
        { action: 'consent.approved', initiator, organizationId, clientId: app.clientId, details },
        now,
      );
      await approveRequests(stores, { appId: app.id, organizationId, approvedBy: userId }, initiator, now);
      return this.#rules.responder.code(request, code);
    }, locks);
  }

  async #requireTarget(
    { directory }: Stores,
    userId: UserId,
    organizationId: OrganizationId | undefined,
    request: AuthorizationRequest,
  ): Promise<Organization> {
    if (organizationId === undefined) throw authorizationError('invalid_request', 'target_organization_id is missing');
    const organization = await directory.findOrganization(organizationId);
    const role = organization && (await directory.roleOf(organizationId, userId));
    if (organization === undefined || role !== 'admin') {
      throw notAnAdmin('Only an admin of the organization can install an app there; ask one of its admins');
    }
    if (organization.status === 'suspended') throw this.#accessDenied(request, 'the organization is suspended');
    // The exchange need not repeat this check, because the owners of apps and sandboxes never change.
    const sandboxOwner = ownerOfSandbox(organizationId);
    if (sandboxOwner !== undefined && sandboxOwner !== request.app.ownerOrganization.id) {
      throw this.#accessDenied(request, 'the organization is a sandbox; only apps of its owner can be installed there');
    }
    return organization;
  }

  /** Throws unless the policy of the organization permits the app and all scopes that the user approves. */
  async #requirePermission({ installPolicies }: Stores, organizationId: OrganizationId, request: AuthorizationRequest) {
    const refusal = refusalOf(await installPolicies.find(organizationId), request.app, request.scopes);
    if (refusal !== undefined) throw this.#accessDenied(request, describeRefusal(refusal));
  }

  #accessDenied(request: AuthorizationRequest, description: string) {
    const redirectTo = this.#rules.responder.error(request, 'access_denied', description);
    return authorizationError('access_denied', description, redirectTo);
  }

  #chosenEvents(request: AuthorizationRequest, chosen: readonly string[] | undefined): string[] {
    const unsubscribed = chosen?.find((event) => !request.app.subscribedWebhookEvents.includes(event));
    if (unsubscribed !== undefined) {
      throw authorizationError(
        'invalid_request',
        'granted_webhook_events must be among the events that the app subscribes to',
      );
    }
    return eventsOf(request, chosen);
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** The events of a grant: none without the scope that allows receiving them. */
function eventsOf(request: { app: App; scopes: readonly string[] }, chosen: readonly string[] | undefined): string[] {
  if (!request.scopes.includes(WEBHOOK_SCOPE)) return [];
  const subscribed = request.app.subscribedWebhookEvents;
  return intersectWebhookEvents(chosen ?? subscribed, subscribed);
}
