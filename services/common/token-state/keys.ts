/** How many bytes of the SHA-256 of an access token are in the key of its entry: 128 bits between any two tokens. */
export const KEY_HASH_BYTES = 16;
/** Ids of apps, organizations and users in keys and states, big endian: far above any of them. */
export const STAMPED_ID_BYTES = 6;

const TOKEN_BYTE = 0x74; // 't'
const STAMP_BYTES = { app: 0x61, organization: 0x6f, user: 0x75 } as const; // 'a', 'o', 'u'

/** What a stamp stands for: everything that hangs below one app, one organization, or one user's `self` installs. */
export type StampKind = keyof typeof STAMP_BYTES;

/** A stamp by what it stands for. */
export interface StampRef {
  readonly kind: StampKind;
  readonly id: number;
}

declare const cacheKeyBrand: unique symbol;
/** The key of an entry or a stamp, without the prefix and the generation that every key in Redis begins with. */
export type CacheKey = Buffer & { readonly [cacheKeyBrand]: true };

/** The key of a token's entry. `accessHash`: SHA-256 of the access token. */
export function tokenKey(accessHash: Uint8Array): CacheKey {
  const key = Buffer.allocUnsafe(1 + KEY_HASH_BYTES);
  key[0] = TOKEN_BYTE;
  key.set(accessHash.subarray(0, KEY_HASH_BYTES), 1);
  return key as CacheKey;
}

/** The key of a stamp; the same bytes name it in a state. */
export function stampKey({ kind, id }: StampRef): CacheKey {
  const key = Buffer.allocUnsafe(1 + STAMPED_ID_BYTES);
  key[0] = STAMP_BYTES[kind];
  key.writeUIntBE(id, 1, STAMPED_ID_BYTES);
  return key as CacheKey;
}
