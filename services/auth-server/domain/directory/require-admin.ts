import { notAnAdmin } from '#common/errors/app-error.ts';
import type { UserId } from '../ids.ts';
import type { Locks } from '../locks.ts';
import type { Database, Stores } from '../stores.ts';
import type { Organization } from './directory.ts';

interface Admin {
  readonly subdomain: string;
  readonly userId: UserId;
}

/**
 * The organization with the subdomain. Throws NOT_AN_ADMIN unless the user is an admin there, with the same message for an
 * organization that does not exist. Changes under a lock of the organization call `transactionAsAdmin` instead.
 */
export async function requireAdmin(stores: Stores, subdomain: string, userId: UserId): Promise<Organization> {
  const found = await stores.directory.findOrganizationForUser(subdomain, userId);
  if (!found?.isAdmin) throw notAdminOf(subdomain);
  return found.organization;
}

/**
 * Runs `work` in a transaction under locks of the organization with the subdomain and of the user, who must still be an admin
 * of it. Under the locks it is found by its id: by then, another organization may have the subdomain.
 */
export async function transactionAsAdmin<T>(
  database: Database,
  { subdomain, userId }: Admin,
  mode: Locks['organizations']['mode'],
  work: (stores: Stores, organization: Organization) => Promise<T>,
): Promise<T> {
  const { id } = await requireAdmin(database.stores, subdomain, userId);
  return database.transaction(
    async (stores) => {
      const organization = await stores.directory.findOrganization(id);
      const role = await stores.directory.roleOf(id, userId);
      if (organization === undefined || role !== 'admin') throw notAdminOf(subdomain);
      return work(stores, organization);
    },
    { organizations: { ids: [id], mode }, user: { id: userId, mode: 'share' } },
  );
}

const notAdminOf = (subdomain: string) =>
  notAnAdmin(`You are not an admin of ${JSON.stringify(subdomain)}. Ask one of its admins`);
