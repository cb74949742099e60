import { notAnAdmin } from '#common/errors/app-error.ts';
import type { UserId } from '../ids.ts';
import type { Stores } from '../stores.ts';
import type { Organization } from './directory.ts';

/**
 * The organization with the subdomain. Throws NOT_AN_ADMIN unless the user is an admin there, with the same message for an
 * organization that does not exist.
 */
export async function requireAdmin(stores: Stores, subdomain: string, userId: UserId): Promise<Organization> {
  const found = await stores.directory.findOrganizationForUser(subdomain, userId);
  if (!found?.isAdmin) {
    throw notAnAdmin(`You are not an admin of ${JSON.stringify(subdomain)}. Ask one of its admins`);
  }
  return found.organization;
}
