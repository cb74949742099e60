import { type InferResult, type Kysely, sql } from 'kysely';
import type { Install } from '../domain/install/install.ts';
import { APP_PROFILE_COLUMNS, toAppProfile } from './app-profile-columns.ts';
import { selectedLogoHash } from './logo-store.ts';
import type { Schema } from './schema.ts';

/** For an ended install: whether the change that ended it may not be visible everywhere yet. */
const isPending = sql<boolean>`(
  EXISTS (SELECT FROM pending_invalidations WHERE install_id = current_installs.id)
  OR end_reason IN ('app_deleted', 'mode_withdrawn', 'scopes_withdrawn')
    AND EXISTS (SELECT FROM pending_invalidations WHERE stamp_kind = 'app' AND stamp_id = current_installs.app_id)
  OR end_reason IN ('app_deleted', 'organization_deleted') AND EXISTS (
    SELECT FROM pending_invalidations WHERE stamp_kind = 'organization'
      AND stamp_id IN (current_installs.organization_id, owners.id)))`;

/** Whether the install is active or disconnecting. */
export const isListed = sql<boolean>`(is_active OR ${isPending})`;

/** Whether the user of a `self` install is not a member of its organization. */
export const actsAsFormerMember = sql<boolean>`(
  current_installs.actor_mode = 'self' AND NOT EXISTS (
    SELECT FROM memberships
    WHERE memberships.organization_id = member_organization(current_installs.organization_id)
      AND user_id = current_installs.installed_by))`;

/** Installs in their effective state. */
export function selectInstalls(db: Kysely<Schema>) {
  return db
    .selectFrom('current_installs')
    .innerJoin('apps', 'apps.id', 'current_installs.app_id')
    .leftJoin('app_logos', 'app_logos.app_id', 'apps.id')
    .innerJoin('organizations', 'organizations.id', 'current_installs.organization_id')
    .innerJoin('organizations as owners', 'owners.id', 'apps.owner_organization_id')
    .innerJoin('users', 'users.id', 'current_installs.installed_by')
    .select([
      'current_installs.id',
      'current_installs.app_id as appId',
      'apps.client_id as clientId',
      'apps.name as appName',
      'apps.bot_user_id as botUserId',
      ...APP_PROFILE_COLUMNS,
      selectedLogoHash.as('logoHash'),
      'organizations.id as organizationId',
      'organizations.subdomain as organizationSubdomain',
      'organizations.name as organizationName',
      'owners.id as ownerId',
      'owners.subdomain as ownerSubdomain',
      'owners.name as ownerName',
      'users.name as installedByName',
      actsAsFormerMember.as('actsAsFormerMember'),
      'current_installs.actor_mode as actorMode',
      'current_installs.installed_by as installedBy',
      'current_installs.granted_scopes as grantedScopes',
      'current_installs.granted_webhook_events as grantedWebhookEvents',
      'current_installs.is_active as isActive',
      'current_installs.installed_at as installedAt',
      'current_installs.last_used_at as lastUsedAt',
      isPending.as('isPending'),
    ]);
}

export type InstallRow = InferResult<ReturnType<typeof selectInstalls>>[number];

export function toInstall(row: InstallRow): Install {
  return {
    id: row.id,
    appId: row.appId,
    clientId: row.clientId,
    appName: row.appName,
    appOwner: { id: row.ownerId, subdomain: row.ownerSubdomain, name: row.ownerName },
    appProfile: toAppProfile(row),
    organization: { id: row.organizationId, subdomain: row.organizationSubdomain, name: row.organizationName },
    actorMode: row.actorMode,
    userId: row.actorMode === 'app' ? row.botUserId : row.installedBy,
    installedBy: row.installedBy,
    installedByName: row.installedByName,
    grantedScopes: row.grantedScopes,
    grantedWebhookEvents: row.grantedWebhookEvents,
    actsAsFormerMember: row.actsAsFormerMember,
    status: row.isActive ? 'active' : row.isPending ? 'disconnecting' : 'revoked',
    installedAt: row.installedAt,
    lastUsedAt: row.lastUsedAt,
  };
}
