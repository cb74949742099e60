/** Header fields that the server distinguishes, by name. The order matters: pseudo-header, forbidden, then other fields. */
export const FieldKind = {
  METHOD: 0,
  SCHEME: 1,
  AUTHORITY: 2,
  PATH: 3,
  /** A pseudo-header field that is not defined for requests (RFC 9113 section 8.3). */
  UNKNOWN_PSEUDO: 4,
  /** Connection, Transfer-Encoding and so on: forbidden in HTTP/2 (RFC 9113 section 8.2.2). */
  CONNECTION_SPECIFIC: 5,
  HOST: 6,
  CONTENT_LENGTH: 7,
  CONTENT_TYPE: 8,
  TE: 9,
  AUTHORIZATION: 10,
  GRPC_ENCODING: 11,
  GRPC_TIMEOUT: 12,
  TRACEPARENT: 13,
  OTHER: 14,
} as const;
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

const KINDS: ReadonlyMap<string, FieldKind> = new Map([
  [':method', FieldKind.METHOD],
  [':scheme', FieldKind.SCHEME],
  [':authority', FieldKind.AUTHORITY],
  [':path', FieldKind.PATH],
  ['connection', FieldKind.CONNECTION_SPECIFIC],
  ['keep-alive', FieldKind.CONNECTION_SPECIFIC],
  ['proxy-connection', FieldKind.CONNECTION_SPECIFIC],
  ['transfer-encoding', FieldKind.CONNECTION_SPECIFIC],
  ['upgrade', FieldKind.CONNECTION_SPECIFIC],
  ['host', FieldKind.HOST],
  ['content-length', FieldKind.CONTENT_LENGTH],
  ['content-type', FieldKind.CONTENT_TYPE],
  ['te', FieldKind.TE],
  ['authorization', FieldKind.AUTHORIZATION],
  ['grpc-encoding', FieldKind.GRPC_ENCODING],
  ['grpc-timeout', FieldKind.GRPC_TIMEOUT],
  ['traceparent', FieldKind.TRACEPARENT],
]);

const COLON = 0x3a;

export function fieldKind(name: string): FieldKind {
  return KINDS.get(name) ?? (name.charCodeAt(0) === COLON ? FieldKind.UNKNOWN_PSEUDO : FieldKind.OTHER);
}

/** Added to the length of each field (RFC 7541 section 4.1, RFC 9113 section 6.5.2). */
const FIELD_OVERHEAD = 32;

/** A field line. Name and value are Latin-1. */
export class HeaderField {
  readonly name: string;
  readonly value: string;
  readonly kind: FieldKind;
  /** Whether the name holds only characters that RFC 9113 section 8.2.1 allows. */
  readonly nameWellFormed: boolean;
  /** Whether both the name and the value are well formed. */
  readonly wellFormed: boolean;
  readonly size: number;

  constructor(name: string, value: string, kind = fieldKind(name), nameWellFormed = true, valueWellFormed = true) {
    this.name = name;
    this.value = value;
    this.kind = kind;
    this.nameWellFormed = nameWellFormed;
    this.wellFormed = nameWellFormed && valueWellFormed;
    this.size = fieldSize(name, value);
  }
}

export const fieldSize = (name: string, value: string): number => name.length + value.length + FIELD_OVERHEAD;

/**
 * Checks a field name (RFC 9113 section 8.2.1): visible ASCII without upper case; a colon only at the start; neither empty nor
 * only a colon.
 */
export function isFieldName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte <= 0x20 || byte >= 0x7f || (byte >= 0x41 && byte <= 0x5a)) return false;
    if (byte === COLON && (at > start || end - start === 1)) return false;
  }
  return true;
}

/** Checks a field value: no NUL, LF or CR; no space or tab at either end; may be empty (RFC 9113 section 8.2.1). */
export function isFieldValue(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  if (isBlank(bytes[start] as number) || isBlank(bytes[end - 1] as number)) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x00 || byte === 0x0a || byte === 0x0d) return false;
  }
  return true;
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09;
