import type { Kysely } from 'kysely';
import type { Locks } from '../domain/locks.ts';
import type { Database, Stores } from '../domain/stores.ts';
import { PgAppStore } from './app-store.ts';
import { PgAppUpdateStore } from './app-update-store.ts';
import { PgAuditStore } from './audit-store.ts';
import { PgClientStore } from './client-store.ts';
import { PgCodeStore } from './code-store.ts';
import { PgConsentOrganizationStore } from './consent-organization-store.ts';
import { PgDeliveryQueue } from './delivery-queue.ts';
import { PgDeliveryStore } from './delivery-store.ts';
import { PgDirectoryStore } from './directory-store.ts';
import { PgEventStore } from './event-store.ts';
import { PgFailedRequestStore } from './failed-request-store.ts';
import { PgHookStore } from './hook-store.ts';
import { PgInstallPolicyStore } from './install-policy-store.ts';
import { PgInstallRequestStore } from './install-request-store.ts';
import { PgInstallStore } from './install-store.ts';
import { PgInvalidationStore } from './invalidation-store.ts';
import { PgLogoStore } from './logo-store.ts';
import { takeLocks } from './postgres/locks.ts';
import type { Schema } from './schema.ts';
import { PgTokenStore } from './token-store.ts';

/** All stores over a pool or transaction. `tokenStates`: the pool for reads of token states. */
export function storesOver(db: Kysely<Schema>, tokenStates = db): Stores {
  return {
    apps: new PgAppStore(db),
    appUpdates: new PgAppUpdateStore(db),
    audit: new PgAuditStore(db),
    clients: new PgClientStore(db),
    codes: new PgCodeStore(db),
    consentOrganizations: new PgConsentOrganizationStore(db),
    deliveries: new PgDeliveryStore(db),
    deliveryQueue: new PgDeliveryQueue(db),
    directory: new PgDirectoryStore(db),
    events: new PgEventStore(db),
    failedRequests: new PgFailedRequestStore(db),
    hooks: new PgHookStore(db),
    installPolicies: new PgInstallPolicyStore(db),
    installRequests: new PgInstallRequestStore(db),
    installs: new PgInstallStore(db),
    logos: new PgLogoStore(db),
    invalidations: new PgInvalidationStore(db),
    tokens: new PgTokenStore(db, tokenStates),
  };
}

export class PgDatabase implements Database {
  readonly stores: Stores;
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>, tokenStates = db) {
    this.#db = db;
    this.stores = storesOver(db, tokenStates);
  }

  transaction<T>(work: (stores: Stores) => Promise<T>, locks?: Locks): Promise<T> {
    return this.#db.transaction().execute(async (transaction) => {
      if (locks !== undefined) await takeLocks(transaction, locks);
      return work(storesOver(transaction));
    });
  }
}
