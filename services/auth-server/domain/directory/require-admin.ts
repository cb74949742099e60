import { notAnAdmin } from '#common/errors/app-error.ts';
import type { Stores } from '../stores.ts';
import type { Organization } from './directory.ts';

/**
 * The organization that a request is about, if the user is an admin there. A stranger's organization and one that does
 * not exist get the same answer.
 */
export async function requireAdmin(stores: Stores, subdomain: string, userId: number): Promise<Organization> {
  const found = await stores.directory.findAdministered(subdomain, userId);
  if (!found?.isAdmin) {
    throw notAnAdmin(`You are not an admin of ${JSON.stringify(subdomain)}; ask one of its admins to do this`);
  }
  return found.organization;
}
