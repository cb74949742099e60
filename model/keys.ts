/** The keys that a change can invalidate: the token's entry, its app's stamp, its organization's stamp. */
export const ENTRY = 0;
export const APP = 1;
export const ORGANIZATION = 2;
/** The version of the stamps, stored like a stamp; fenced and dropped with each of them. */
export const VERSION = 3;
export type Stamp = typeof APP | typeof ORGANIZATION;
export type Key = typeof ENTRY | Stamp;
export type StoredKey = Key | typeof VERSION;
export const STAMPS: readonly Stamp[] = [APP, ORGANIZATION];
export const KEY_NAMES = ['the entry', "the app's stamp", "the organization's stamp", 'the version'] as const;
