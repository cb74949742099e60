import type { ActorMode } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../app/app.ts';
import type { AppProfile } from '../app/app-profile.ts';
import type { AppId, InstallId, UserId } from '../ids.ts';

/** The permission of an app in an organization. */
export interface Install {
  readonly id: InstallId;
  readonly appId: AppId;
  readonly clientId: string;
  readonly appName: string;
  readonly appOwner: OrganizationRef;
  readonly appProfile: AppProfile;
  readonly organization: OrganizationRef;
  readonly actorMode: ActorMode;
  /** The user the tokens act as: the one who consented, or the app's bot. */
  readonly userId: UserId;
  readonly installedBy: UserId;
  /** Empty for a deleted user. */
  readonly installedByName: string;
  /** Whether the tokens act as a user who is not a member of the organization, so that they are inactive. */
  readonly actsAsFormerMember: boolean;
  readonly grantedScopes: readonly string[];
  readonly grantedWebhookEvents: readonly string[];
  /** `disconnecting`: ended, but cache keys may not be dropped yet (pending_invalidations). */
  readonly status: 'active' | 'disconnecting' | 'revoked';
  /** When a code was last exchanged for this install. */
  readonly installedAt: Date;
  readonly lastUsedAt: Date | null;
}

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
  | 'scopes_withdrawn'
  | 'database_restored';
