/** The codes that the server itself answers with (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const StatusCode = {
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** How a call ended, if not with a message. */
export interface Status {
  /** 1 to 16. */
  readonly code: number;
  readonly message: string;
  /** An encoded google.rpc.Status, for `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
  /** More trailers: lower-case names, values of visible ASCII. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
}

const PERCENT = 0x25;

/**
 * A `grpc-message`: UTF-8, with `%XX` for what is not printable ASCII and for `%` itself (PROTOCOL-HTTP2.md,
 * "Responses"). Spaces at the ends are encoded too: a field value must not begin or end with one (RFC 9113 8.2.1).
 */
export function percentEncode(message: string): string {
  const octets = Buffer.from(message, 'utf8');
  let encoded = '';
  for (const [at, octet] of octets.entries()) {
    const isAtEnd = at === 0 || at === octets.length - 1;
    const isPlain = octet >= (isAtEnd ? 0x21 : 0x20) && octet <= 0x7e && octet !== PERCENT;
    encoded += isPlain ? String.fromCharCode(octet) : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
