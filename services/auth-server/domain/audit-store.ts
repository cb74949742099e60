import type { InstallId, OrganizationId } from './ids.ts';
import type { Initiator } from './initiator.ts';
import type { InstallRef } from './install/install-store.ts';
import type { Paging } from './paging.ts';

/** Noun, dot, verb in the past tense; those of webhooks have underscores instead. */
export type AuditAction =
  | 'app.registered'
  | 'app.changed'
  | 'app.deleted'
  | 'app.secret_rotated'
  | 'app.logo_changed'
  | 'app.logo_removed'
  | 'app.verified'
  | 'app.unverified'
  | 'app.verification_reset'
  | 'app.suspended'
  | 'app.resumed'
  | 'consent.approved'
  | 'consent.denied'
  | 'install_policy.changed'
  | 'install_request.created'
  | 'install_request.approved'
  | 'install_request.dismissed'
  | 'install.granted'
  | 'install.refreshed'
  | 'install.disconnected'
  | 'install.revoked'
  | 'app_hook_disabled'
  | 'app_hook_enabled'
  | 'app_hook_secret_rotated'
  | 'app_delivery_replayed'
  | 'app_test_event_sent'
  | 'token.revoked'
  | 'token.refresh_reused'
  | 'code.replayed'
  | 'database.restored'
  | 'organization.put'
  | 'organization.deleted'
  | 'organization.suspended'
  | 'organization.resumed'
  | 'sandbox.created'
  | 'user.deleted'
  | 'membership.put'
  | 'membership.deleted';

/** An event to record. `details` never contains a credential. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly initiator: Initiator;
  readonly organizationId?: OrganizationId;
  readonly clientId?: string;
  readonly installId?: InstallId;
  readonly details?: Readonly<Record<string, string>>;
}

export interface AuditEvent {
  readonly id: number;
  readonly occurredAt: Date;
  readonly action: string;
  readonly performedBy: string;
  readonly organizationId: OrganizationId | null;
  readonly clientId: string | null;
  readonly installId: InstallId | null;
  readonly details: Readonly<Record<string, string>>;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Fields that are not set match every event. */
export interface AuditFilter {
  /** Null: events of no organization. */
  readonly organizationId?: OrganizationId | null;
  readonly clientId?: string;
  readonly installId?: InstallId;
  readonly action?: string;
  readonly performedBy?: string;
  /** Inclusive. */
  readonly occurredFrom?: Date;
  /** Exclusive. */
  readonly occurredBefore?: Date;
}

/** Who acted, as shown to admins of the organization of the install. */
export type ActivityPerformer = 'user' | 'app' | 'app_owner' | 'platform';

export interface InstallActivity {
  /** The time of the last event if several refreshes are combined. */
  readonly occurredAt: Date;
  readonly action: string;
  /** Above 1 only for refreshes, which are counted per day (UTC). */
  readonly count: number;
  readonly performer: ActivityPerformer;
  /** Empty unless the performer is a user who is not deleted. */
  readonly userName: string;
  /** Empty for most actions, because admins must not see, for example, the reasons of operators. */
  readonly details: Readonly<Record<string, string>>;
}

/** Events in the order of their ids. */
export interface ExportedEvents {
  readonly events: AuditEvent[];
  /** Whether later events may be omitted for now, because a transaction that may write an earlier one is open. */
  readonly areLaterPending: boolean;
}

/** Append only. */
export interface AuditStore {
  append(entry: AuditEntry, now: Date): Promise<void>;
  /** Appends entries in one statement, however many there are. */
  appendAll(entries: readonly AuditEntry[], now: Date): Promise<void>;
  /** Newest first. Reads only the newest 10,000 events of the install, and as many each of its consents and of its app. */
  listOfInstall(install: InstallRef, paging: Paging): Promise<InstallActivity[]>;
  /** Newest first. */
  list(filter: AuditFilter, paging: Paging): Promise<AuditEvent[]>;
  /**
   * The events with ids above `afterId`, in the order of ids. Waits some seconds for transactions that are writing
   * events; if one may still commit an event, those with larger ids are omitted. Throws CONFLICT if `afterId` is above
   * all ids.
   */
  export(afterId: number, limit: number): Promise<ExportedEvents>;
}
