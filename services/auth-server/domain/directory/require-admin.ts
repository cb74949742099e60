import { notAnAdmin } from '#common/errors/app-error.ts';
import type { UserId } from '../ids.ts';
import type { Stores } from '../stores.ts';
import type { Organization } from './directory.ts';

/**
 * The organization with the subdomain, if the user is an admin there. The error is the same for an organization that does
 * not exist and for one that the user does not belong to.
 */
export async function requireAdmin(stores: Stores, subdomain: string, userId: UserId): Promise<Organization> {
  const found = await stores.directory.findAdministered(subdomain, userId);
  if (!found?.isAdmin) {
    throw notAnAdmin(`You are not an admin of ${JSON.stringify(subdomain)}. Ask one of its admins`);
  }
  return found.organization;
}
