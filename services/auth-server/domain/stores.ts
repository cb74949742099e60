import type { AppStore } from './app/app-store.ts';
import type { AppUpdateStore } from './app/app-update-store.ts';
import type { ClientStore } from './app/client-store.ts';
import type { FailedRequestStore } from './app/failed-request-store.ts';
import type { LogoStore } from './app/logo-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { ConsentOrganizationStore } from './consent/consent-organization.ts';
import type { DirectoryStore } from './directory/directory-store.ts';
import type { InstallStore } from './install/install-store.ts';
import type { InstallPolicyStore } from './install-policy/install-policy-store.ts';
import type { InstallRequestStore } from './install-request/install-request-store.ts';
import type { InvalidationStore } from './invalidation-store.ts';
import type { Locks } from './locks.ts';
import type { CodeStore } from './token/code-store.ts';
import type { TokenStore } from './token/token-store.ts';
import type { DeliveryQueue, DeliveryStore } from './webhook/delivery-store.ts';
import type { EventStore } from './webhook/event-store.ts';
import type { HookStore } from './webhook/hook-store.ts';

/** All stores, over connection pools or one transaction. */
export interface Stores {
  readonly apps: AppStore;
  readonly appUpdates: AppUpdateStore;
  readonly audit: AuditStore;
  readonly clients: ClientStore;
  readonly codes: CodeStore;
  readonly consentOrganizations: ConsentOrganizationStore;
  readonly deliveries: DeliveryStore;
  readonly deliveryQueue: DeliveryQueue;
  readonly directory: DirectoryStore;
  readonly events: EventStore;
  readonly failedRequests: FailedRequestStore;
  readonly hooks: HookStore;
  readonly installPolicies: InstallPolicyStore;
  readonly installRequests: InstallRequestStore;
  readonly installs: InstallStore;
  readonly logos: LogoStore;
  readonly invalidations: InvalidationStore;
  readonly tokens: TokenStore;
}

/** Postgres. Changes that affect what Introspect returns go through `Authority` instead. */
export interface Database {
  /** Calls run outside any transaction. */
  readonly stores: Stores;
  /** Runs `work` in a transaction, under `locks` if there are any: what they cover cannot change before the commit. */
  transaction<T>(work: (stores: Stores) => Promise<T>, locks?: Locks): Promise<T>;
}
