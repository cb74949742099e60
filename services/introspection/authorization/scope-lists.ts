import { FieldReader } from './field-reader.ts';

/** Cached lists. Most tokens have one of a few lists. */
const MAX_CACHED = 1_000;

/** Decodes the repeated field `scopes` of IntrospectResponses. The same bytes give the same array, for a while. */
export class ScopeLists {
  readonly #cache = new Map<string, readonly string[]>();
  readonly #field: number;

  /** `field`: the number of the repeated field. */
  constructor(field: number) {
    this.#field = field;
  }

  /** All elements are in `bytes[start, end)`. As latin1 strings, so UTF-8 passes through byte by byte. */
  of(bytes: Buffer, start: number, end: number): readonly string[] {
    const key = bytes.toString('latin1', start, end);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const scopes = this.#read(bytes, start, end);
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, scopes);
    return scopes;
  }

  #read(bytes: Buffer, start: number, end: number): readonly string[] {
    const fields = new FieldReader(bytes, start, end);
    const scopes: string[] = [];
    while (fields.next()) {
      if (fields.field === this.#field) scopes.push(bytes.toString('latin1', fields.start, fields.end));
    }
    return scopes;
  }
}
