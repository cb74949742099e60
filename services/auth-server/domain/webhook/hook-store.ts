import type { Paging } from '../paging.ts';
import type { Hook } from './webhook.ts';

/** What the audit log records of a hook. */
export type DisabledHook = Pick<Hook, 'id' | 'clientId' | 'installId' | 'ownerOrganizationId'>;

/** The database creates hooks together with apps and installs. */
export interface HookStore {
  /** Scoped by the owner of the app. Excludes hooks of ended installs and of deleted apps. */
  findOwned(hookId: string, ownerOrganizationId: number): Promise<Hook | undefined>;
  /** The hook of a live install of the app. */
  findOfInstall(installId: string, appId: number): Promise<Hook | undefined>;
  /** Disabled hooks first; within each group the app's own hook, then those of its live installs, newest first. */
  listOfApp(appId: number, paging: Paging): Promise<Hook[]>;
  /** Replaces the secret. Only the previous one stays valid, until `previousExpiresAt`. Returns the new nonce. */
  rotateSecret(hookId: string, now: Date, previousExpiresAt: Date): Promise<Buffer>;
  /** False if it was enabled already. */
  enable(hookId: string): Promise<boolean>;
  /** Disables enabled hooks and cancels their pending deliveries; returns those hooks. */
  disable(hookIds: readonly string[], now: Date): Promise<DisabledHook[]>;
}
