import type { Origin } from './origin.ts';
import type { Paging } from './paging.ts';

/** What happened, in the past tense: noun, dot, verb. */
export type AuditAction =
  | 'app.registered'
  | 'app.changed'
  | 'app.deleted'
  | 'app.secret_rotated'
  | 'app.suspended'
  | 'app.resumed'
  | 'consent.approved'
  | 'consent.denied'
  | 'install.granted'
  | 'install.refreshed'
  | 'install.disconnected'
  | 'install.revoked'
  // The name by which owners know it from the console
  | 'app_hook_disabled'
  | 'app_hook_enabled'
  | 'app_hook_secret_rotated'
  | 'app_delivery_replayed'
  | 'token.revoked'
  | 'token.refresh_reused'
  | 'code.replayed'
  | 'organization.put'
  | 'organization.deleted'
  | 'user.deleted'
  | 'membership.put'
  | 'membership.deleted';

/** One event to record. `details` never holds a credential. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly origin: Origin;
  readonly organizationId?: number;
  readonly clientId?: string;
  readonly installId?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** One event as it was recorded. */
export interface AuditEvent {
  readonly id: number;
  readonly occurredAt: Date;
  readonly action: string;
  readonly performedBy: string;
  readonly organizationId: number | null;
  readonly clientId: string | null;
  readonly installId: string | null;
  readonly details: Readonly<Record<string, string>>;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Which events; what is not set matches everything. */
export interface AuditFilter {
  readonly organizationId?: number;
  readonly clientId?: string;
  readonly installId?: string;
}

/** Append only. */
export interface AuditStore {
  append(entry: AuditEntry, now: Date): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, paging: Paging): Promise<AuditEvent[]>;
}
