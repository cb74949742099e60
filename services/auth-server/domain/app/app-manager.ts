import { randomBase62 } from '#common/credentials/base62.ts';
import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { CLIENT_ID_PREFIX } from '#common/credentials/kinds.ts';
import type { Secret } from '#common/credentials/secret.ts';
import { conflict, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Authority } from '../authority.ts';
import { requireAdmin, transactionAsAdmin } from '../directory/require-admin.ts';
import { isSandbox } from '../directory/sandbox.ts';
import type { AppId, OrganizationId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Install } from '../install/install.ts';
import type { Paging } from '../paging.ts';
import { checkOverlap } from '../secret-overlap.ts';
import type { Database, Stores } from '../stores.ts';
import type { AppWithSecrets } from './app.ts';
import type { AppFieldRules } from './app-field-rules.ts';
import type { AppFields } from './app-fields.ts';
import { affectsVerification } from './app-profile.ts';
import { type AppUpdates, UPDATE_RETRY_AFTER_SECONDS, UPDATE_WAIT_MS } from './app-updates.ts';
import { resetVerification } from './app-verification.ts';
import type { ListedFailure } from './failed-request-store.ts';

const CLIENT_ID_RANDOM_LENGTH = 22;
const HINT_LENGTH = 4;
/** Maximum number of valid secrets of an app. A response lists all of them. */
export const MAX_SECRETS = 10;

/** A signed-in user, and the subdomain of the organization of which they must be an admin: the managers check that. */
export interface AdminRequest {
  readonly userId: UserId;
  readonly subdomain: string;
  readonly initiator: Initiator;
}

export interface AppManagerDependencies {
  readonly database: Database;
  readonly authority: Authority;
  readonly appUpdates: Pick<AppUpdates, 'finish'>;
  /** Called after each change that may have left installs to update. */
  readonly wakeAppUpdates: () => void;
  readonly format: CredentialFormat;
  readonly clock: Clock;
}

/** Manages the apps of an organization. Callers must be admins of it; apps of other organizations are NOT_FOUND. */
export class AppManager {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #rules: AppFieldRules;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;
  readonly #updates: Pick<AppUpdates, 'finish'>;
  readonly #wakeUpdates: () => void;

  constructor(dependencies: AppManagerDependencies, rules: AppFieldRules) {
    const { database, authority, appUpdates, wakeAppUpdates, format, clock } = dependencies;
    this.#database = database;
    this.#authority = authority;
    this.#updates = appUpdates;
    this.#wakeUpdates = wakeAppUpdates;
    this.#rules = rules;
    this.#format = format;
    this.#clock = clock;
  }

  /** Registers an app. Of the secret, only a hash and a hint are stored, so this is the only time it can be shown. */
  async register(by: AdminRequest, input: unknown): Promise<{ app: AppWithSecrets; clientSecret: Secret }> {
    // The lock keeps an app from being added to an organization that is being deleted.
    return transactionAsAdmin(this.#database, by, 'share', async (stores, owner) => {
      if (isSandbox(owner.id))
        throw conflict('A sandbox owns no apps; register the app in the organization that owns the sandbox');
      const fields = this.#rules.parseRegistration(input);
      const clientId = CLIENT_ID_PREFIX + randomBase62(CLIENT_ID_RANDOM_LENGTH);
      const now = this.#now();
      const appId = await stores.apps.insert(clientId, owner.id, fields, now);
      const clientSecret = await this.#addSecret(stores, appId, now);
      await stores.audit.append(
        {
          action: 'app.registered',
          initiator: by.initiator,
          organizationId: owner.id,
          clientId,
          details: { name: fields.name },
        },
        now,
      );
      return { app: await this.requireOwned(stores, clientId, owner.id), clientSecret };
    });
  }

  async list(by: AdminRequest, paging: Paging): Promise<AppWithSecrets[]> {
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    return this.#database.stores.apps.listOwned(owner.id, paging, this.#now());
  }

  async get(by: AdminRequest, clientId: string): Promise<AppWithSecrets> {
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    return this.requireOwned(this.#database.stores, clientId, owner.id);
  }

  /** The active and disconnecting installs of the app, newest first, and how many are active. */
  async listInstalls(
    by: AdminRequest,
    clientId: string,
    paging: Paging,
  ): Promise<{ installs: Install[]; activeCount: number }> {
    const { id } = await this.get(by, clientId);
    const { installs } = this.#database.stores;
    return { installs: await installs.listCurrentOfApp(id, paging), activeCount: await installs.countLiveOfApp(id) };
  }

  /** The failed requests of the app of the last 30 days, newest first. */
  async listFailedRequests(by: AdminRequest, clientId: string, paging: Paging): Promise<ListedFailure[]> {
    const { id } = await this.get(by, clientId);
    return this.#database.stores.failedRequests.listOfApp(id, paging);
  }

  /**
   * Changes the fields in `input`. When this returns, what the change removed is not effective at any install. Throws CONFLICT
   * with a retry delay if the change adds a scope, event or actor mode while installs are still being updated after an earlier
   * change.
   */
  async update(by: AdminRequest, clientId: string, input: unknown): Promise<AppWithSecrets> {
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    const current = await this.requireOwned(this.#database.stores, clientId, owner.id);
    const { id } = current;
    if (isWider(this.#rules.parseChange(input, current), current))
      await this.#updates.finish({ app: id }, UPDATE_WAIT_MS);
    // changesTokenState and apply run under the same locks, so one read serves both.
    let locked: Promise<AppWithSecrets> | undefined;
    const readLocked = async (stores: Stores) => {
      locked ??= this.requireOwned(stores, clientId, owner.id);
      const before = await locked;
      return { before, fields: this.#rules.parseChange(input, before) };
    };
    const change = this.#authority.change({
      locks: { organizations: { ids: [owner.id], mode: 'share' }, app: { id, mode: 'update' } },
      affects: { app: id },
      changesTokenState: async (stores) => {
        const { before, fields } = await readLocked(stores);
        return isNarrower(fields, before);
      },
      apply: async (stores) => {
        const now = this.#now();
        const { before, fields } = await readLocked(stores);
        if (isWider(fields, before)) await requireUpdatedInstalls(stores, id);
        await stores.apps.update(id, fields, now);
        if (isNarrower(fields, before)) await this.#scheduleInstallUpdates(stores, id, 'narrowed', now);
        await stores.audit.append(
          {
            action: 'app.changed',
            initiator: by.initiator,
            organizationId: owner.id,
            clientId,
            details: { fields: Object.keys(input as object).join(' ') },
          },
          now,
        );
        const after = { ...before, ...fields, updatedAt: now };
        if (!affectsVerification(before, fields)) return after;
        await resetVerification(stores, before, { initiator: by.initiator, organizationId: owner.id }, now);
        return { ...after, verification: 'not_reviewed' as const };
      },
    });
    return change.finally(this.#wakeUpdates);
  }

  /**
   * Deletes the app; ends its installs, secrets and codes. A repeated call succeeds only when the deletion is visible
   * everywhere.
   */
  async delete(by: AdminRequest, clientId: string): Promise<void> {
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    const id = await this.#database.stores.apps.findOwnedId(clientId, owner.id);
    if (id === undefined) throw notFound(`There is no app ${JSON.stringify(clientId)} in this organization`);
    const exists = async (stores: Stores) => (await stores.apps.findById(id)) !== undefined;
    const change = this.#authority.change({
      locks: { organizations: { ids: [owner.id], mode: 'share' }, app: { id, mode: 'update' } },
      affects: { app: id },
      changesTokenState: exists,
      apply: async (stores) => {
        if (!(await exists(stores))) return;
        const now = this.#now();
        await this.#scheduleInstallUpdates(stores, id, 'deleted', now);
        await stores.apps.markDeleted(id, now);
        await stores.audit.append(
          { action: 'app.deleted', initiator: by.initiator, organizationId: owner.id, clientId },
          now,
        );
      },
    });
    await change.finally(this.#wakeUpdates);
  }

  /** Creates a new secret. Older ones stay valid for at most `overlapSeconds`. */
  async rotateSecret(
    by: AdminRequest,
    clientId: string,
    overlapSeconds: number,
  ): Promise<{ clientSecret: Secret; previousExpiresAt: Date }> {
    checkOverlap(overlapSeconds);
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    return this.#database.transaction(async (stores) => {
      const now = this.#now();
      const { id } = await this.requireOwned(stores, clientId, owner.id);
      const previousExpiresAt = new Date(now.getTime() + overlapSeconds * 1_000);
      const secrets = await stores.apps.expireSecrets(id, previousExpiresAt, now);
      if (overlapSeconds > 0 && secrets >= MAX_SECRETS) {
        throw conflict(
          `The app has ${MAX_SECRETS} valid secrets. Wait until one expires, or rotate with overlap_seconds 0 to revoke them`,
        );
      }
      const clientSecret = await this.#addSecret(stores, id, now);
      await stores.audit.append(
        {
          action: 'app.secret_rotated',
          initiator: by.initiator,
          organizationId: owner.id,
          clientId,
          details: { previous_expires_at: previousExpiresAt.toISOString() },
        },
        now,
      );
      return { clientSecret, previousExpiresAt };
    });
  }

  /** Finds an app of the owner; throws NOT_FOUND for apps of others. */
  async requireOwned(stores: Stores, clientId: string, ownerId: OrganizationId): Promise<AppWithSecrets> {
    const app = await stores.apps.findOwned(clientId, ownerId, this.#now());
    if (app === undefined) throw notFound(`There is no app ${JSON.stringify(clientId)} in this organization`);
    return app;
  }

  async #addSecret(stores: Stores, appId: AppId, now: Date): Promise<Secret> {
    const secret = this.#format.mint('client_secret');
    const text = secret.reveal();
    await stores.apps.insertSecret(appId, hashCredential(text), text.slice(-HINT_LENGTH), now);
    return secret;
  }

  /** The row of the app is authoritative at once; a job updates the rows of its installs. Voids the app's outstanding codes. */
  async #scheduleInstallUpdates(
    stores: Stores,
    appId: AppId,
    reason: 'narrowed' | 'deleted',
    now: Date,
  ): Promise<void> {
    await stores.appUpdates.insertOfApps([appId], reason, now);
    await stores.codes.voidOutstanding({ app: appId }, now);
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** Install rows not yet updated still list what was removed; adding it back to the app would grant it again. */
async function requireUpdatedInstalls(stores: Stores, appId: AppId): Promise<void> {
  if (!(await stores.appUpdates.isPending({ app: appId }))) return;
  throw conflict(
    'Installs of this app are still being updated after an earlier change; try again later, or omit the scopes, webhook ' +
      'events and actor modes that this change adds',
    UPDATE_RETRY_AFTER_SECONDS,
  );
}

/** Whether the app loses something that installs may have been granted. */
function isNarrower(after: AppFields, before: AppFields): boolean {
  const lost = <T>(from: readonly T[], to: readonly T[]) => from.some((item) => !to.includes(item));
  return (
    lost(before.declaredScopes, after.declaredScopes) ||
    lost(before.subscribedWebhookEvents, after.subscribedWebhookEvents) ||
    lost(before.allowedActorModes, after.allowedActorModes)
  );
}

const isWider = (after: AppFields, before: AppFields): boolean => isNarrower(before, after);
