import type { Secret } from '#common/credentials/secret.ts';
import { conflict, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { AdminRequest, AppManager } from '../app/app-manager.ts';
import type { Client } from '../app/client-store.ts';
import type { AuditAction } from '../audit-store.ts';
import { requireAdmin } from '../directory/require-admin.ts';
import type { HookId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Paging } from '../paging.ts';
import { checkOverlap } from '../secret-overlap.ts';
import type { Database } from '../stores.ts';
import type { DeliveryFilter } from './delivery-store.ts';
import { type SignedRequest, signedRequest } from './signed-request.ts';
import type { Delivery, Hook } from './webhook.ts';
import type { WebhookSigner } from './webhook-signer.ts';

/** A new signing secret. It cannot be shown again. */
export interface RotatedSecret {
  readonly hookId: HookId;
  readonly secret: Secret;
  readonly previousExpiresAt: Date;
}

/**
 * Manages the hooks and deliveries of apps. Callers must be admins of the owner, or the app itself; hooks of other owners
 * and apps are NOT_FOUND.
 */
export class HookManager {
  readonly #database: Database;
  readonly #apps: AppManager;
  readonly #signer: WebhookSigner;
  readonly #clock: Clock;

  constructor(database: Database, apps: AppManager, signer: WebhookSigner, clock: Clock) {
    this.#database = database;
    this.#apps = apps;
    this.#signer = signer;
    this.#clock = clock;
  }

  async list(by: AdminRequest, clientId: string, paging: Paging): Promise<Hook[]> {
    const { id } = await this.#apps.get(by, clientId);
    const hooks = await this.#database.stores.hooks.listOfApp(id, paging);
    return hooks.map((hook) => this.#withoutExpiredSecret(hook));
  }

  /** Creates a new secret. Deliveries are also signed with the previous one for `overlapSeconds`. */
  async rotateSecret(by: AdminRequest, hookId: string, overlapSeconds: number): Promise<RotatedSecret> {
    checkOverlap(overlapSeconds);
    return this.#rotate(await this.#require(by, hookId), overlapSeconds, by.initiator);
  }

  /** `rotateSecret` for the hook of an install of the authenticated app. */
  async rotateOwnSecret(
    client: Client,
    installId: string,
    overlapSeconds: number,
    initiator: Initiator,
  ): Promise<RotatedSecret> {
    checkOverlap(overlapSeconds);
    const hook = await this.#database.stores.hooks.findOfInstall(installId, client.id);
    if (hook === undefined) throw notFound('There is no such install of this app');
    return this.#rotate(hook, overlapSeconds, initiator);
  }

  async enable(by: AdminRequest, hookId: string): Promise<Hook> {
    const hook = await this.#require(by, hookId);
    await this.#database.transaction(async (stores) => {
      if (!(await stores.hooks.enable(hook.id))) return;
      await stores.audit.append(this.#entry('app_hook_enabled', hook, by.initiator), this.#now());
    });
    return this.#withoutExpiredSecret(await this.#require(by, hookId));
  }

  async listDeliveries(
    by: AdminRequest,
    clientId: string,
    filter: DeliveryFilter,
    paging: Paging,
  ): Promise<Delivery[]> {
    const { id } = await this.#apps.get(by, clientId);
    return this.#database.stores.deliveries.listOfApp(id, filter, paging);
  }

  /** Sends a delivery again. CONFLICT if its hook cannot receive it. */
  async replay(by: AdminRequest, deliveryId: string): Promise<Delivery> {
    const { owner, delivery } = await this.#requireDelivery(by, deliveryId);
    await this.#database.transaction(async (stores) => {
      const hook = await stores.hooks.findOwned(delivery.hookId, owner.id);
      if (hook === undefined || !(await stores.deliveries.replay(delivery.id, this.#now()))) throw cannotReceive();
      const entry = this.#entry('app_delivery_replayed', hook, by.initiator, { delivery_id: deliveryId });
      await stores.audit.append(entry, this.#now());
    });
    return (await this.#database.stores.deliveries.findOwned(deliveryId, owner.id)) as Delivery;
  }

  /** What the receiver of a delivery would get now. CONFLICT if its hook cannot receive it, as for `replay`. */
  async requestOf(by: AdminRequest, deliveryId: string): Promise<SignedRequest> {
    const { delivery } = await this.#requireDelivery(by, deliveryId);
    const now = this.#now();
    const request = await this.#database.stores.deliveries.findRequest(delivery.id, now);
    if (request === undefined) throw cannotReceive();
    return signedRequest(this.#signer, request, now.getTime());
  }

  #rotate(hook: Hook, overlapSeconds: number, initiator: Initiator): Promise<RotatedSecret> {
    return this.#database.transaction(async (stores) => {
      const now = this.#now();
      const previousExpiresAt = new Date(now.getTime() + overlapSeconds * 1_000);
      const nonce = await stores.hooks.rotateSecret(hook.id, now, previousExpiresAt);
      await stores.audit.append(this.#entry('app_hook_secret_rotated', hook, initiator), now);
      return { hookId: hook.id, secret: this.#signer.deriveSecret(nonce), previousExpiresAt };
    });
  }

  async #require(by: AdminRequest, hookId: string): Promise<Hook> {
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    const hook = await this.#database.stores.hooks.findOwned(hookId, owner.id);
    if (hook === undefined) throw notFound(`There is no hook ${JSON.stringify(hookId)} in this organization`);
    return hook;
  }

  async #requireDelivery(by: AdminRequest, deliveryId: string) {
    const owner = await requireAdmin(this.#database.stores, by.subdomain, by.userId);
    const delivery = await this.#database.stores.deliveries.findOwned(deliveryId, owner.id);
    if (delivery === undefined) {
      throw notFound(`There is no delivery ${JSON.stringify(deliveryId)} in this organization`);
    }
    return { owner, delivery };
  }

  /** The store keeps the previous secret after it has expired, but deliveries are no longer signed with it. */
  #withoutExpiredSecret(hook: Hook): Hook {
    const { previousSecretExpiresAt } = hook;
    const isExpired = previousSecretExpiresAt !== null && previousSecretExpiresAt <= this.#now();
    return isExpired ? { ...hook, previousSecretExpiresAt: null } : hook;
  }

  #entry(action: AuditAction, hook: Hook, initiator: Initiator, more: Readonly<Record<string, string>> = {}) {
    const { id, clientId, installId, ownerOrganizationId: organizationId } = hook;
    return {
      action,
      initiator,
      clientId,
      organizationId,
      ...(installId !== null && { installId }),
      details: { hook_id: id, ...more },
    };
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

const cannotReceive = () =>
  conflict(
    'The hook cannot receive this delivery: it is disabled or has no URL, the app no longer subscribes to this event, the ' +
      'install, its grant of this event or the rights of its user have ended, or the app or an organization is suspended',
  );
