import type { CheckRequest } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { AccessRequest } from '../authorization/authorizer.ts';
import { BytesCache } from '../authorization/bytes-cache.ts';
import { FieldReader } from '../authorization/field-reader.ts';
import { ViewCache } from '../authorization/view-cache.ts';
import { isAscii, MAX_ASCII, VARINT_MAX } from './wire-format.ts';

const HEADER = 'authorization';
/** The key in `context_extensions` under which a route's configuration names its scopes. */
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

/** A list of key-value pairs, of which the pair with this key is read. */
interface Pairs {
  /** Where its value is stored. `joined`: it is from `headers`, which joins the values of a repeated header with commas. */
  readonly into: 'joined' | 'raw' | 'requiredScope';
  readonly key: Buffer;
}
/** The fields of a message that lead to such lists, by number. */
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
/** The tags of a pair's key, value and raw value. */
const [KEY_TAG, VALUE_TAG, RAW_VALUE_TAG] = [0x0a, 0x12, 0x1a];

const VIEWS = new ViewCache();
/** Proxies are configured with few different values. */
const REQUIRED_SCOPES = new BytesCache(256, (bytes) =>
  isAscii(bytes, 0, bytes.length) ? bytes.toString('latin1') : undefined,
);
const BEARER = Buffer.from('Bearer ');
const [SPACE, COMMA] = [0x20, 0x2c];

/**
 * Reads the request from an encoded CheckRequest without decoding its other fields. Undefined if the message needs a general
 * decoder: wrong types, values that are not ASCII, or malformed input.
 */
export function scanCheckRequest(bytes: Buffer, start: number, end: number): AccessRequest | undefined {
  const scan = new Scan(bytes);
  return scan.level(CHECK_REQUEST, bytes.byteOffset + start, bytes.byteOffset + end) ? scan : undefined;
}

/** The offsets that methods take are offsets in the buffer behind `bytes`. */
class Scan implements AccessRequest {
  requiredScope = '';
  /** The joined value is `bytes[#joinedStart, #joinedEnd)`; both are -1 without one. */
  #joinedStart = -1;
  #joinedEnd = -1;
  readonly #raw: string[] = [];
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = VIEWS.of(bytes);
  }

  get authorization(): readonly string[] {
    if (this.#joinedStart < 0) return this.#raw;
    return [this.#bytes.toString('latin1', this.#joinedStart, this.#joinedEnd), ...this.#raw];
  }

  get token(): string | undefined {
    if (this.#joinedStart < 0 || this.#raw.length > 0) return undefined;
    return plainToken(this.#bytes, this.#joinedStart, this.#joinedEnd);
  }

  /** Reads a message; false if it needs a general decoder. */
  level(level: Level, at: number, limit: number): boolean {
    const fields = new FieldReader(this.#view, at, limit);
    while (fields.next()) {
      const inner = level[fields.field];
      if (inner === undefined) continue;
      if (!fields.hasLength) return false;
      const { start, end } = fields;
      const isPlain = isPairs(inner)
        ? hasOtherKey(this.#view, inner.key.length, start, end) || this.#pair(inner, start, end)
        : this.level(inner, start, end);
      if (!isPlain) return false;
    }
    return !fields.isBroken;
  }

  /** Reads a pair: key in field 1, value in 2, raw value in 3, all optional. The last of repeated fields counts. */
  #pair({ into, key }: Pairs, at: number, limit: number): boolean {
    const fields = new FieldReader(this.#view, at, limit);
    let isWanted = false;
    // A pair without a value has an empty one.
    let [start, end] = [at, at];
    let [rawStart, rawEnd] = [at, at];
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
    return rawEnd > rawStart ? this.#store(into, rawStart, rawEnd) : this.#store(into, start, end);
  }

  #store(into: Pairs['into'], start: number, end: number): boolean {
    if (into === 'requiredScope') {
      const scope = REQUIRED_SCOPES.get(this.#view, start, end);
      this.requiredScope = scope ?? '';
      return scope !== undefined;
    }
    const [from, to] = [start - this.#bytes.byteOffset, end - this.#bytes.byteOffset];
    if (!isAscii(this.#bytes, from, to)) return false;
    if (into === 'raw') this.#raw.push(this.#bytes.toString('latin1', from, to));
    else [this.#joinedStart, this.#joinedEnd] = [from, to];
    return true;
  }

  #isText(text: Buffer, start: number, end: number): boolean {
    if (end - start !== text.length) return false;
    for (let at = 0; at < text.length; at++) if (this.#view.getUint8(start + at) !== text[at]) return false;
    return true;
  }
}

/**
 * The token of a value in its usual form: `Bearer`, one space, and visible characters without a comma. Only saves time: a token
 * that is cut from a longer string would be slower to read.
 */
function plainToken(bytes: Buffer, start: number, end: number): string | undefined {
  const tokenStart = start + BEARER.length;
  if (tokenStart >= end) return undefined;
  for (let at = 0; at < BEARER.length; at++) if (bytes[start + at] !== BEARER[at]) return undefined;
  for (let at = tokenStart; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte <= SPACE || byte >= MAX_ASCII || byte === COMMA) return undefined;
  }
  return bytes.toString('latin1', tokenStart, end);
}

/**
 * Whether a pair has a key of another length and then one value, as all known encoders write it. Only saves time, because #pair
 * would skip it too.
 */
function hasOtherKey(view: DataView, keyLength: number, start: number, end: number): boolean {
  if (end - start < 2) return false;
  const length = view.getUint8(start + 1);
  let at = start + 2 + length;
  if (view.getUint8(start) !== KEY_TAG || length === keyLength || length > VARINT_MAX || end - at < 2) return false;
  const tag = view.getUint8(at++);
  if (tag !== VALUE_TAG && tag !== RAW_VALUE_TAG) return false;
  let valueLength = view.getUint8(at++);
  if (valueLength > VARINT_MAX) {
    const high = at < end ? view.getUint8(at++) : VARINT_MAX + 1;
    if (high > VARINT_MAX) return false;
    valueLength += (high - 1) << 7;
  }
  return at + valueLength === end;
}
