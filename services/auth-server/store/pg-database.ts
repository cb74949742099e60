import type { Kysely } from 'kysely';
import type { Locks } from '../domain/authority/locks.ts';
import type { Database, Stores } from '../domain/stores.ts';
import { beginChange } from './locks.ts';
import type { Schema } from './schema.ts';
import { PgAppStore } from './stores/app-store.ts';
import { PgAppUpdateStore } from './stores/app-update-store.ts';
import { PgAuditStore } from './stores/audit-store.ts';
import { PgCodeStore } from './stores/code-store.ts';
import { PgDeliveryQueue } from './stores/delivery-queue.ts';
import { PgDeliveryStore } from './stores/delivery-store.ts';
import { PgDirectoryStore } from './stores/directory-store.ts';
import { PgEventStore } from './stores/event-store.ts';
import { PgHookStore } from './stores/hook-store.ts';
import { PgInstallStore } from './stores/install-store.ts';
import { PgTokenStore } from './stores/token-store.ts';

/** Changes wait for these locks. */
const LOCKED_TRANSACTION_TIMEOUT_MS = 5_000;

/** All stores over one pool or transaction; token states may come from a pool of their own. */
export function storesOver(db: Kysely<Schema>, tokenStates = db): Stores {
  return {
    apps: new PgAppStore(db),
    appUpdates: new PgAppUpdateStore(db),
    audit: new PgAuditStore(db),
    codes: new PgCodeStore(db),
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
    const transactions = this.#db.transaction().setIsolationLevel('read committed');
    return transactions.execute(async (transaction) => {
      if (locks !== undefined) await beginChange(transaction, locks, LOCKED_TRANSACTION_TIMEOUT_MS);
      return work(storesOver(transaction));
    });
  }
}
