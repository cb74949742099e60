import type { CheckRequest } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { AccessRequest } from '../authorization/authorizer.ts';
import { FieldReader } from '../authorization/field-reader.ts';

const HEADER = 'authorization';
/** The entry of `context_extensions` that a route's configuration sets. */
const SCOPE_EXTENSION = 'oauth-scope';

/** The request that a CheckRequest describes. */
export function accessRequestOf({ attributes }: CheckRequest): AccessRequest {
  const { headers = {}, headerMap } = attributes?.request?.http ?? {};
  const raw = (headerMap?.headers ?? []).filter(({ key }) => key === HEADER);
  const rawValues = raw.map(({ value, rawValue }) =>
    rawValue.length > 0 ? Buffer.from(rawValue).toString('latin1') : value,
  );
  const joined = headers[HEADER];
  return {
    authorization: joined === undefined ? rawValues : [joined, ...rawValues],
    requiredScope: attributes?.contextExtensions[SCOPE_EXTENSION] ?? '',
  };
}

/** A list of pairs, one of which is read. */
type Pairs = 'headers' | 'header_map' | 'context_extensions';
/** The path to them through nested messages, by field number. */
type Level = { readonly [field: number]: Level | Pairs };

/** CheckRequest: attributes → request → http → headers and header_map → headers; attributes → context_extensions. */
const CHECK_REQUEST: Level = { 1: { 4: { 2: { 3: 'headers', 13: { 1: 'header_map' } } }, 10: 'context_extensions' } };
const isPairs = (inner: Level | Pairs): inner is Pairs => typeof inner === 'string';
const WANTED: Record<Pairs, Buffer> = {
  headers: Buffer.from(HEADER),
  header_map: Buffer.from(HEADER),
  context_extensions: Buffer.from(SCOPE_EXTENSION),
};
const MAX_ASCII = 0x7f;

/**
 * The same from the encoded message, without decoding its other fields. Undefined if it needs a general decoder: wrong types,
 * values that are not ASCII, or malformed input.
 */
export function scanCheckRequest(bytes: Buffer, start: number, end: number): AccessRequest | undefined {
  const scan = new Scan(bytes);
  return scan.level(CHECK_REQUEST, start, end) ? scan : undefined;
}

class Scan implements AccessRequest {
  requiredScope = '';
  #joined: string | undefined;
  readonly #raw: string[] = [];
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get authorization(): readonly string[] {
    return this.#joined === undefined ? this.#raw : [this.#joined, ...this.#raw];
  }

  /** False if it needs a general decoder. */
  level(level: Level, at: number, limit: number): boolean {
    const fields = new FieldReader(this.#bytes, at, limit);
    while (fields.next()) {
      const inner = level[fields.field];
      if (inner === undefined) continue;
      if (!fields.hasLength) return false;
      const { start, end } = fields;
      const isPlain = isPairs(inner) ? this.#pair(inner, start, end) : this.level(inner, start, end);
      if (!isPlain) return false;
    }
    return !fields.isBroken;
  }

  /** Key in field 1, value in field 2, raw value in field 3, all optional; the last of repeated fields counts. */
  #pair(pairs: Pairs, at: number, limit: number): boolean {
    const fields = new FieldReader(this.#bytes, at, limit);
    let isWanted = false;
    let [start, end, rawStart, rawEnd] = [0, 0, 0, 0];
    while (fields.next()) {
      const { field } = fields;
      if (field > 3) continue;
      if (!fields.hasLength) return false;
      if (field === 1) isWanted = this.#isText(WANTED[pairs], fields.start, fields.end);
      else if (field === 2) [start, end] = [fields.start, fields.end];
      else if (pairs === 'header_map') [rawStart, rawEnd] = [fields.start, fields.end];
    }
    if (fields.isBroken) return false;
    if (!isWanted) return true;
    const value = rawEnd > rawStart ? this.#ascii(rawStart, rawEnd) : this.#ascii(start, end);
    if (value === undefined) return false;
    if (pairs === 'headers') this.#joined = value;
    else if (pairs === 'header_map') this.#raw.push(value);
    else this.requiredScope = value;
    return true;
  }

  #ascii(start: number, end: number): string | undefined {
    for (let at = start; at < end; at++) if ((this.#bytes[at] as number) > MAX_ASCII) return undefined;
    return this.#bytes.toString('latin1', start, end);
  }

  #isText(text: Buffer, start: number, end: number): boolean {
    if (end - start !== text.length) return false;
    for (let at = 0; at < text.length; at++) if (this.#bytes[start + at] !== text[at]) return false;
    return true;
  }
}
