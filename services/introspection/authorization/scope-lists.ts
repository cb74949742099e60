import { BytesCache } from './bytes-cache.ts';
import { FieldReader } from './field-reader.ts';
import { ViewCache } from './view-cache.ts';

/** The most lists in the cache. Most tokens have one of a few lists. */
const MAX_CACHED = 1_000;

/**
 * Creates a cache of the lists in the repeated field `scopes` of IntrospectResponses. While a list is cached, the same encoding
 * gives the same array. Scopes are latin1 strings, so UTF-8 passes through byte by byte. `field`: the number of the field.
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
