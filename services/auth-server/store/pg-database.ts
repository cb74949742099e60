import type { Kysely } from 'kysely';
import type { Locks } from '../domain/locks.ts';
import type { Database, Stores } from '../domain/stores.ts';
import { takeLocks } from './locks.ts';
import type { Schema } from './schema.ts';
import { PgAppStore } from './stores/app-store.ts';
import { PgAppUpdateStore } from './stores/app-update-store.ts';
import { PgAuditStore } from './stores/audit-store.ts';
import { PgClientStore } from './stores/client-store.ts';
import { PgCodeStore } from './stores/code-store.ts';
import { PgConsentOrganizationStore } from './stores/consent-organization-store.ts';
import { PgDeliveryQueue } from './stores/delivery-queue.ts';
import { PgDeliveryStore } from './stores/delivery-store.ts';
import { PgDirectoryStore } from './stores/directory-store.ts';
import { PgEventStore } from './stores/event-store.ts';
import { PgHookStore } from './stores/hook-store.ts';
import { PgInstallStore } from './stores/install-store.ts';
import { PgTokenStore } from './stores/token-store.ts';

/** All stores over one pool or transaction; token states may come from a pool of their own. */
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
    hooks: new PgHookStore(db),
    installs: new PgInstallStore(db),
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
