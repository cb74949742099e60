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
interface Pairs {
  readonly into: 'joined' | 'raw' | 'requiredScope';
  readonly key: Buffer;
}
/** The path to them through nested messages, by field number. */
type Level = { readonly [field: number]: Level | Pairs };

/** CheckRequest: attributes → request → http → headers and header_map → headers; attributes → context_extensions. */
const CHECK_REQUEST: Level = {
  1: {
    4: {
      2: {
        3: { into: 'joined', key: Buffer.from(HEADER) },
        13: { 1: { into: 'raw', key: Buffer.from(HEADER) } },
      },
    },
    10: { into: 'requiredScope', key: Buffer.from(SCOPE_EXTENSION) },
  },
};
const isPairs = (inner: Level | Pairs): inner is Pairs => 'key' in inner;
const MAX_ASCII = 0x7f;
const VARINT_MAX = 0x7f;
/** The tags of a pair's key, value and raw value. */
const [KEY_TAG, VALUE_TAG, RAW_VALUE_TAG] = [0x0a, 0x12, 0x1a];

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
      const isPlain = isPairs(inner)
        ? isOther(this.#bytes, inner.key.length, start, end) || this.#pair(inner, start, end)
        : this.level(inner, start, end);
      if (!isPlain) return false;
    }
    return !fields.isBroken;
  }

  /** Key in field 1, value in field 2, raw value in field 3, all optional; the last of repeated fields counts. */
  #pair({ into, key }: Pairs, at: number, limit: number): boolean {
    const fields = new FieldReader(this.#bytes, at, limit);
    let isWanted = false;
    let start = 0;
    let end = 0;
    let rawStart = 0;
    let rawEnd = 0;
    while (fields.next()) {
      const { field } = fields;
      if (field > 3) continue;
      if (!fields.hasLength) return false;
      if (field === 1) isWanted = this.#isText(key, fields.start, fields.end);
      else if (field === 2) {
        start = fields.start;
        end = fields.end;
      } else if (into === 'raw') {
        rawStart = fields.start;
        rawEnd = fields.end;
      }
    }
    if (fields.isBroken) return false;
    if (!isWanted) return true;
    const value = rawEnd > rawStart ? this.#ascii(rawStart, rawEnd) : this.#ascii(start, end);
    if (value === undefined) return false;
    if (into === 'joined') this.#joined = value;
    else if (into === 'raw') this.#raw.push(value);
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

/**
 * Whether a pair is a key of another length and then one value, as all known encoders write it. Only saves time: a reader would
 * skip the pair too.
 */
function isOther(bytes: Buffer, keyLength: number, start: number, end: number): boolean {
  const length = bytes[start + 1] as number;
  if (bytes[start] !== KEY_TAG || length === keyLength || length > VARINT_MAX) return false;
  let at = start + 2 + length;
  const tag = bytes[at++];
  if (tag !== VALUE_TAG && tag !== RAW_VALUE_TAG) return false;
  let valueLength = bytes[at++] as number;
  if (valueLength > VARINT_MAX) {
    const high = bytes[at++] as number;
    if (high > VARINT_MAX) return false;
    valueLength += (high - 1) << 7;
  }
  return at + valueLength === end;
}
