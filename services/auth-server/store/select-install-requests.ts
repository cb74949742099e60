import type { InferResult, Kysely } from 'kysely';
import type { InstallRequest } from '../domain/install-request/install-request.ts';
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
      'apps.description',
      'apps.homepage_url as homepageUrl',
      'apps.privacy_policy_url as privacyPolicyUrl',
      'apps.terms_url as termsUrl',
      'apps.support_address as supportAddress',
      'apps.verification',
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

export function toInstallRequest(row: InstallRequestRow, now: Date): InstallRequest {
  const { description, homepageUrl, privacyPolicyUrl, termsUrl, supportAddress, logoHash, verification, ...rest } = row;
  const { ownerId, ownerSubdomain, ownerName, status, ...request } = rest;
  return {
    ...request,
    appOwner: { id: ownerId, subdomain: ownerSubdomain, name: ownerName },
    appProfile: { description, homepageUrl, privacyPolicyUrl, termsUrl, supportAddress, logoHash, verification },
    status: status === 'open' && row.expiresAt <= now ? 'expired' : status,
  };
}
