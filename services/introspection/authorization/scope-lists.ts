import { BytesCache } from './bytes-cache.ts';
import { FieldReader } from './field-reader.ts';
import { ViewCache } from './view-cache.ts';

/** Cached lists. Most tokens have one of a few lists. */
const MAX_CACHED = 1_000;

/**
 * Creates a cache of the repeated field `scopes`, number `field`, of IntrospectResponses by its encoding, so the same encoding gives
 * the same array, for a while. As latin1 strings, so UTF-8 passes through byte by byte.
 */
export function scopeLists(field: number): BytesCache<readonly string[]> {
  return new BytesCache(MAX_CACHED, (bytes) => scopesIn(bytes, field));
}

function scopesIn(bytes: Buffer, field: number): string[] {
  const offset = bytes.byteOffset;
  const fields = new FieldReader(new ViewCache().of(bytes), offset, offset + bytes.length);
  const scopes: string[] = [];
  while (fields.next()) {
    if (fields.field === field) scopes.push(bytes.toString('latin1', fields.start - offset, fields.end - offset));
  }
  return scopes;
}
