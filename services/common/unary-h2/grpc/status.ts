/** The status codes that the server itself uses (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const StatusCode = {
  CANCELLED: 1,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** A gRPC status other than OK. */
export interface Status {
  /** 1 to 16. */
  readonly code: number;
  readonly message: string;
  /** An encoded google.rpc.Status, for `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
  /** Additional trailers: lower-case names, values of visible ASCII. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
}

const PERCENT = 0x25;

/**
 * Encodes a `grpc-message`: UTF-8, with `%XX` for `%` and everything except printable ASCII (PROTOCOL-HTTP2.md, "Responses").
 * A space at the start or end is encoded too, because a field value must not have one there (RFC 9113 section 8.2.1).
 */
export function percentEncode(message: string): string {
  const bytes = Buffer.from(message, 'utf8');
  let encoded = '';
  for (const [at, byte] of bytes.entries()) {
    const isFirstOrLast = at === 0 || at === bytes.length - 1;
    const isLiteral = byte >= (isFirstOrLast ? 0x21 : 0x20) && byte <= 0x7e && byte !== PERCENT;
    encoded += isLiteral ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
