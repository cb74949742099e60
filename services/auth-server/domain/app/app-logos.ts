import { createHash } from 'node:crypto';
import { AppError } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { BatchQueue } from '../batch-queue.ts';
import type { OrganizationId } from '../ids.ts';
import type { Database } from '../stores.ts';
import type { AppWithSecrets } from './app.ts';
import type { AdminRequest, AppManager } from './app-manager.ts';
import { resetVerification } from './app-verification.ts';
import type { Logo } from './logo-store.ts';

/**
 * Anyone can request logos, so all these requests together use one connection to the database. The keys are unique, so
 * that one batch can have several requests for the same logo.
 */
const READS = { maxRunning: 1, maxBatchSize: 32, maxQueued: 1_000, keyOf: () => Symbol() };
/** Maximum uploads in progress per organization. Below the encoder's limit, so that one organization cannot block the others. */
const MAX_UPLOADS = 4;
const RETRY_AFTER_SECONDS = 5;

/** Turns an uploaded image into the PNG that is stored. */
export interface LogoEncoder {
  /**
   * Returns a square PNG without metadata. Throws INVALID_FIELD unless `image` is a valid PNG, JPEG or WebP image within
   * the bounds, and DEPENDENCY_UNAVAILABLE while too many images wait.
   */
  encode(image: Uint8Array): Promise<Buffer>;
}

/** The logos of apps. The image that was uploaded is neither stored nor served. */
export class AppLogos {
  readonly #database: Database;
  readonly #apps: AppManager;
  readonly #encoder: LogoEncoder;
  readonly #clock: Clock;
  readonly #reads: BatchQueue<string, Buffer | undefined>;
  readonly #uploads = new Map<OrganizationId, number>();

  constructor(database: Database, apps: AppManager, encoder: LogoEncoder, clock: Clock) {
    this.#database = database;
    this.#apps = apps;
    this.#encoder = encoder;
    this.#clock = clock;
    this.#reads = new BatchQueue((hashes) => database.stores.logos.findPngs(hashes), READS);
  }

  /** Replaces the logo unless it is the same. Throws RATE_LIMITED if MAX_UPLOADS of the organization are in progress. */
  async put(by: AdminRequest, clientId: string, image: Uint8Array): Promise<AppWithSecrets> {
    const app = await this.#apps.get(by, clientId);
    const png = await this.#encode(app.ownerOrganization.id, image);
    return this.#change(by, app, { hash: sha256Of(png), sourceHash: sha256Of(image), png });
  }

  async remove(by: AdminRequest, clientId: string): Promise<void> {
    await this.#change(by, await this.#apps.get(by, clientId), undefined);
  }

  findPng(hash: string): Promise<Buffer | undefined> {
    return this.#reads.run(hash);
  }

  async #encode(organizationId: OrganizationId, image: Uint8Array): Promise<Buffer> {
    const uploads = this.#uploads.get(organizationId) ?? 0;
    if (uploads >= MAX_UPLOADS) {
      const extras = { retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw new AppError(
        ErrorReason.RATE_LIMITED,
        'Other logos of this organization are being processed; try again later',
        extras,
      );
    }
    this.#uploads.set(organizationId, uploads + 1);
    try {
      return await this.#encoder.encode(image);
    } finally {
      const left = (this.#uploads.get(organizationId) ?? 1) - 1;
      if (left === 0) this.#uploads.delete(organizationId);
      else this.#uploads.set(organizationId, left);
    }
  }

  #change(by: AdminRequest, app: AppWithSecrets, logo: Logo | undefined): Promise<AppWithSecrets> {
    const { id, clientId, ownerOrganization: owner } = app;
    const locks = { organizations: { ids: [owner.id], mode: 'share' }, app: { id, mode: 'update' } } as const;
    return this.#database.transaction(async (stores) => {
      const now = new Date(this.#clock.now());
      const before = await this.#apps.requireOwned(stores, clientId, owner.id);
      const isSamePng = before.logoHash === (logo?.hash ?? null);
      if (isSamePng && before.logoSourceHash === (logo?.sourceHash ?? null)) return before;
      await (logo === undefined ? stores.logos.delete(id) : stores.logos.put(id, logo));
      if (isSamePng) return this.#apps.requireOwned(stores, clientId, owner.id);
      await stores.apps.touch(id, now);
      const event = { initiator: by.initiator, organizationId: owner.id };
      const action = logo === undefined ? 'app.logo_removed' : 'app.logo_changed';
      await stores.audit.append({ action, ...event, clientId }, now);
      await resetVerification(stores, before, event, now);
      return this.#apps.requireOwned(stores, clientId, owner.id);
    }, locks);
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
