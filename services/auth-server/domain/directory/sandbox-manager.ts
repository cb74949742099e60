import { conflict } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { AdminRequest } from '../app/app-manager.ts';
import type { Database } from '../stores.ts';
import type { Organization } from './directory.ts';
import { transactionAsAdmin } from './require-admin.ts';
import { isSandbox, sandboxOf } from './sandbox.ts';

/**
 * Sandboxes: organizations for trying out apps (ADR 26). Only apps of the sandbox's owner can be installed there, and
 * the members of the sandbox are those of the owner.
 */
export class SandboxManager {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Returns the organization's sandbox; creates it if there is none. Nothing is fenced, because no token depends on a
   * sandbox that did not exist.
   */
  create(by: AdminRequest): Promise<Organization> {
    return transactionAsAdmin(this.#database, by, 'update', async (stores, organization) => {
      const { id: organizationId } = organization;
      if (isSandbox(organizationId)) throw conflict('This organization is a sandbox, and cannot have one');
      const sandbox = sandboxOf(organization);
      if ((await stores.directory.findOrganization(sandbox.id)) !== undefined) return sandbox;
      const now = new Date(this.#clock.now());
      await stores.directory.putOrganization(sandbox, now);
      const details = { subdomain: sandbox.subdomain };
      await stores.audit.append({ action: 'sandbox.created', initiator: by.initiator, organizationId, details }, now);
      return sandbox;
    });
  }
}
