import type { AuditAction, AuditEvent, AuditFilter, AuditStore } from '../audit-store.ts';
import { ownerOfSandbox } from '../directory/sandbox.ts';
import type { OrganizationId } from '../ids.ts';
import type { EndReason } from '../install/install.ts';
import type { ExplainedPair } from './token-store.ts';

const NEWEST = { page: 1, perPage: 1 };
/** The page of newest events in which the one about a suspension or a user is searched. */
const SEARCHED = { page: 1, perPage: 100 };

type About = 'install' | 'app' | 'organization';

interface End {
  readonly action: AuditAction;
  readonly about: About;
  /** For operators. */
  readonly text: string;
}

/** Each end of an install or a pair, and the audit event that records it. */
const ENDS: Record<EndReason, End> = {
  refreshed: { action: 'install.refreshed', about: 'install', text: 'replaced by a refresh' },
  replaced: { action: 'install.granted', about: 'install', text: 'replaced by a new authorization' },
  disconnected: {
    action: 'install.disconnected',
    about: 'install',
    text: 'disconnected by an admin or by the user it acts as',
  },
  revoked_by_app: { action: 'install.revoked', about: 'install', text: 'revoked by the app' },
  revoked_by_operator: { action: 'install.revoked', about: 'install', text: 'revoked by an operator' },
  code_replayed: { action: 'code.replayed', about: 'install', text: 'revoked because its code was used twice' },
  app_deleted: { action: 'app.deleted', about: 'app', text: 'ended with the deletion of the app' },
  organization_deleted: {
    action: 'organization.deleted',
    about: 'organization',
    text: 'ended with the deletion of the organization',
  },
  database_restored: { action: 'install.revoked', about: 'install', text: 'ended after a restore of the database' },
  mode_withdrawn: {
    action: 'app.changed',
    about: 'app',
    text: 'ended because the app no longer allows its actor mode',
  },
  scopes_withdrawn: {
    action: 'app.changed',
    about: 'app',
    text: 'ended because the app no longer declares any of the granted scopes',
  },
};

export const endText = (reason: EndReason): string => ENDS[reason].text;

/** Finds the audit events that made a token inactive, and that of its install's grant, unless retention has removed them. */
export class EndEvents {
  readonly #audit: AuditStore;
  readonly #pair: ExplainedPair;

  constructor(audit: AuditStore, pair: ExplainedPair) {
    this.#audit = audit;
    this.#pair = pair;
  }

  /**
   * The event of that end; the newest such event if `at` is null. An end and its event have the same time. Undefined for
   * an end that was recorded later than the change that caused it, by a new authorization or after a restore.
   */
  ofEnd(reason: EndReason, at: Date | null): Promise<AuditEvent | undefined> {
    const { action, about } = ENDS[reason];
    return this.#newest(action, this.#filterOf(about), at);
  }

  ofAccessRevocation(at: Date): Promise<AuditEvent | undefined> {
    return this.#newest('token.revoked', this.#filterOf('install'), at);
  }

  /** The event of the current grant of the install. */
  ofGrant(): Promise<AuditEvent | undefined> {
    return this.#newest('install.granted', this.#filterOf('install'));
  }

  ofAppSuspension(): Promise<AuditEvent | undefined> {
    return this.#newest('app.suspended', this.#filterOf('app'));
  }

  /** The suspension by an operator or by the platform, whichever was later. */
  async ofOrganizationSuspension(id: OrganizationId): Promise<AuditEvent | undefined> {
    const organizationId = recordedOrganization(id);
    const [suspended, puts] = await Promise.all([
      this.#newest('organization.suspended', { organizationId }),
      this.#audit.list({ organizationId, action: 'organization.put' }, SEARCHED),
    ]);
    const put = puts.find(
      ({ details }) => details['status'] === 'suspended' && details['previous_status'] !== 'suspended',
    );
    return put !== undefined && put.id > (suspended?.id ?? 0) ? put : suspended;
  }

  /** The end of the membership, or the deletion of the user, who may have been put again since; whichever was later. */
  async ofUser(): Promise<AuditEvent | undefined> {
    const { installedBy, userDeletedAt } = this.#pair;
    const organizationId = recordedOrganization(this.#pair.organizationId);
    const deletions = { organizationId: null, action: 'user.deleted' };
    const filters: AuditFilter[] =
      userDeletedAt === null
        ? [{ organizationId, action: 'membership.deleted' }, deletions]
        : [{ ...deletions, ...within(userDeletedAt) }];
    const pages = await Promise.all(filters.map((filter) => this.#audit.list(filter, SEARCHED)));
    return pages
      .map((events) => events.find(({ details }) => details['user_id'] === String(installedBy)))
      .reduce((one, other) => ((other?.id ?? 0) > (one?.id ?? 0) ? other : one));
  }

  #filterOf(about: About): AuditFilter {
    const { installId, clientId } = this.#pair;
    const organizationId = recordedOrganization(this.#pair.organizationId);
    return { install: { installId }, app: { clientId }, organization: { organizationId } }[about];
  }

  async #newest(action: AuditAction, filter: AuditFilter, at: Date | null = null): Promise<AuditEvent | undefined> {
    return (await this.#audit.list({ ...filter, action, ...(at && within(at)) }, NEWEST))[0];
  }
}

/** Matches the events of that millisecond. */
const within = (at: Date) => ({ occurredFrom: at, occurredBefore: new Date(at.getTime() + 1) });

/** Where changes of an organization's status and members are recorded: for a sandbox, at its owner. */
const recordedOrganization = (id: OrganizationId): OrganizationId => ownerOfSandbox(id) ?? id;
