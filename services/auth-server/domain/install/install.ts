import type { ActorMode } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../app/app.ts';

/** The permission of an app in an organization. */
export interface Install {
  readonly id: string;
  readonly appId: number;
  readonly clientId: string;
  readonly appName: string;
  readonly appOwner: OrganizationRef;
  readonly organization: OrganizationRef;
  readonly actorMode: ActorMode;
  /** The user the tokens act as: the one who consented, or the app's bot. */
  readonly userId: number;
  readonly installedBy: number;
  /** Empty for a deleted user. */
  readonly installedByName: string;
  readonly grantedScopes: readonly string[];
  readonly grantedWebhookEvents: readonly string[];
  /** `disconnecting`: ended, but cache keys may not be dropped yet (pending_invalidations). */
  readonly status: 'active' | 'disconnecting' | 'revoked';
  readonly installedAt: Date;
  readonly lastUsedAt: Date | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the text has the format of an install id. */
export const isInstallId = (text: string): boolean => UUID.test(text);

/** Why an install, or one of its pairs, ended. */
export type EndReason =
  | 'disconnected'
  | 'refreshed'
  | 'replaced'
  | 'revoked_by_app'
  | 'revoked_by_operator'
  | 'code_replayed'
  | 'app_deleted'
  | 'organization_deleted'
  | 'mode_withdrawn'
  | 'scopes_withdrawn';
