import type { AppId } from '../ids.ts';

export interface Logo {
  /** SHA-256 of the PNG, in hex. */
  readonly hash: string;
  /** SHA-256 of the image that was uploaded, in hex. */
  readonly sourceHash: string;
  readonly png: Buffer;
}

/** At most one logo for each app. The logo of a deleted app is deleted, too. */
export interface LogoStore {
  put(appId: AppId, logo: Logo): Promise<void>;
  delete(appId: AppId): Promise<void>;
  /** The PNG of each hash. Several apps can have the same logo. */
  findPngs(hashes: readonly string[]): Promise<(Buffer | undefined)[]>;
}
