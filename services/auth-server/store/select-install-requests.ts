import type { InferResult, Kysely } from 'kysely';
import type { InstallRequest } from '../domain/install-request/install-request.ts';
import { APP_PROFILE_COLUMNS, toAppProfile } from './app-profile-columns.ts';
import { selectedLogoHash } from './logo-store.ts';
import type { Schema } from './schema.ts';

/** Requests for apps that are not deleted. */
export function selectInstallRequests(db: Kysely<Schema>) {
  return db
    .selectFrom('install_requests')
    .innerJoin('apps', 'apps.id', 'install_requests.app_id')
    .leftJoin('app_logos', 'app_logos.app_id', 'apps.id')
    .innerJoin('organizations as owners', 'owners.id', 'owner_organization_id')
    .innerJoin('users', 'users.id', 'requested_by')
    .select([
      'install_requests.id',
      'organization_id as organizationId',
      'client_id as clientId',
      'apps.name as appName',
      ...APP_PROFILE_COLUMNS,
      selectedLogoHash.as('logoHash'),
      'owners.id as ownerId',
      'owners.subdomain as ownerSubdomain',
      'owners.name as ownerName',
      'users.name as requestedByName',
      'actor_mode as actorMode',
      'scopes',
      'note',
      'install_requests.status',
      'requested_at as requestedAt',
      'expires_at as expiresAt',
      'decided_at as decidedAt',
      'dismissal_reason as dismissalReason',
    ])
    .where('apps.deleted_at', 'is', null);
}

type InstallRequestRow = InferResult<ReturnType<typeof selectInstallRequests>>[number];

export const toInstallRequest = (row: InstallRequestRow, now: Date): InstallRequest => ({
  id: row.id,
  organizationId: row.organizationId,
  clientId: row.clientId,
  appName: row.appName,
  appOwner: { id: row.ownerId, subdomain: row.ownerSubdomain, name: row.ownerName },
  appProfile: toAppProfile(row),
  actorMode: row.actorMode,
  scopes: row.scopes,
  note: row.note,
  requestedByName: row.requestedByName,
  status: row.status === 'open' && row.expiresAt <= now ? 'expired' : row.status,
  requestedAt: row.requestedAt,
  expiresAt: row.expiresAt,
  decidedAt: row.decidedAt,
  dismissalReason: row.dismissalReason,
});
