import type { AppId, HookId, OrganizationId } from '../ids.ts';
import type { Paging } from '../paging.ts';
import type { Hook } from './webhook.ts';

/** What the audit log records of a disabled hook. */
export type DisabledHook = Pick<Hook, 'id' | 'clientId' | 'installId' | 'ownerOrganizationId'>;

/** The database creates hooks together with apps and installs. */
export interface HookStore {
  /** Scoped by the owner of the app. Excludes hooks of ended installs and of deleted apps. */
  findOwned(hookId: string, ownerOrganizationId: OrganizationId): Promise<Hook | undefined>;
  /** The hook of a live install of the app. */
  findOfInstall(installId: string, appId: AppId): Promise<Hook | undefined>;
  /** Disabled hooks first; within each group the app's own hook, then those of its live installs, newest first. */
  listOfApp(appId: AppId, paging: Paging): Promise<Hook[]>;
  /** Replaces the secret. Of the older ones, only the last remains valid, until `previousExpiresAt`. Returns the new nonce. */
  rotateSecret(hookId: HookId, now: Date, previousExpiresAt: Date): Promise<Buffer>;
  /** False if it was enabled already. */
  enable(hookId: HookId): Promise<boolean>;
  /** Disables enabled hooks and cancels their pending deliveries; returns those hooks. */
  disable(hookIds: readonly HookId[], now: Date): Promise<DisabledHook[]>;
}
