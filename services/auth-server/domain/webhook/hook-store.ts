import type { Paging } from '../paging.ts';
import type { Hook } from './webhook.ts';

/** What the audit log says of a hook. */
export type DisabledHook = Pick<Hook, 'id' | 'clientId' | 'installId' | 'ownerOrganizationId'>;

/** Hooks are made with their app and with their install, by the database; so there is no method that does. */
export interface HookStore {
  /** Scoped by the app's owner; not the hook of an install that has ended, nor of a deleted app. */
  findOwned(hookId: string, ownerOrganizationId: number): Promise<Hook | undefined>;
  /** The hook of a live install of that app. */
  findOfInstall(installId: string, appId: number): Promise<Hook | undefined>;
  /** Those that are disabled first; of either the app's own first, then those of its live installs, newest first. */
  listOfApp(appId: number, paging: Paging): Promise<Hook[]>;
  /** Replaces the secret; the one before it signs until then, any older one no more. Returns the new nonce. */
  rotateSecret(hookId: string, now: Date, previousExpiresAt: Date): Promise<Buffer>;
  /** True if it was disabled. */
  enable(hookId: string): Promise<boolean>;
  /** Disables those that are enabled, and cancels what they are still owed; returns them. */
  disable(hookIds: readonly string[], now: Date): Promise<DisabledHook[]>;
}
