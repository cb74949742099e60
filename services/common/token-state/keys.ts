/** Bytes of the SHA-256 of an access token in the key of its entry; 128 bits are enough to distinguish tokens. */
export const KEY_HASH_BYTES = 16;
/** Bytes of the id of an app, organization or user in keys and states, big endian. */
const STAMPED_ID_BYTES = 6;
/** The largest id that fits. */
export const MAX_ID = 2 ** (8 * STAMPED_ID_BYTES) - 1;
/** The key of a stamp: its kind, and the id of the app, organization or user. */
export const STAMP_KEY_BYTES = 1 + STAMPED_ID_BYTES;

export const TOKEN_BYTE = 0x74; // 't'
const KIND_BYTES = { app: 0x61, organization: 0x6f, user: 0x75 } as const; // 'a', 'o', 'u'

/** What a stamp covers: the tokens of an app, an organization (the app's owner or the target), or of a user's `self` installs. */
export type StampKind = keyof typeof KIND_BYTES;

export interface StampRef {
  readonly kind: StampKind;
  readonly id: number;
}

declare const cacheKeyBrand: unique symbol;
/** The key of an entry or a stamp, without the prefix and the generation. */
export type CacheKey = Buffer & { readonly [cacheKeyBrand]: true };

/** The key of the version: a stamp that is fenced and dropped together with every other stamp. */
export const STAMPS_VERSION_KEY = Buffer.from('v') as CacheKey;

/** Whether the key belongs to a stamp, not to a token. */
export const isStampKey = (key: CacheKey): boolean => key[0] !== TOKEN_BYTE;

/** The key of a token's entry. `accessHash`: SHA-256 of the access token. */
export function tokenKey(accessHash: Uint8Array): CacheKey {
  const key = Buffer.allocUnsafe(1 + KEY_HASH_BYTES);
  key[0] = TOKEN_BYTE;
  key.set(accessHash.subarray(0, KEY_HASH_BYTES), 1);
  return key as CacheKey;
}

/** The key of a stamp; the same bytes name it in a state. */
export function stampKey({ kind, id }: StampRef): CacheKey {
  const key = Buffer.allocUnsafe(STAMP_KEY_BYTES);
  key[0] = KIND_BYTES[kind];
  key.writeUIntBE(id, 1, STAMPED_ID_BYTES);
  return key as CacheKey;
}
