import { encodeFields } from '../hpack/encoder.ts';
import { percentEncode, type Status, StatusCode } from './status.ts';

const CONTENT_TYPE = ['content-type', 'application/grpc+proto'] as const;
const OK = [':status', '200'] as const;

/**
 * These limits keep a field block without additional trailers within one frame and within 8 KiB, which clients accept
 * (PROTOCOL-HTTP2.md, "Responses").
 */
const MAX_MESSAGE_CHARACTERS = 1_024;
const MAX_DETAILS_CHARACTERS = 6_144;

/** The field blocks of a response with a message: Response-Headers and Trailers (PROTOCOL-HTTP2.md, "Responses"). */
export const RESPONSE_HEADERS = encodeFields([OK, CONTENT_TYPE]);
export const OK_TRAILERS = encodeFields([['grpc-status', '0']]);

/** The field block of a Trailers-Only response. Truncates a message that is too long; omits details that are too long. */
export function trailersOnly(status: Status): Buffer {
  return encodeFields([OK, CONTENT_TYPE, ...statusFields(status)]);
}

/** Lists the supported encodings (grpc/doc/compression.md). */
export const UNSUPPORTED_ENCODING = encodeFields([
  OK,
  CONTENT_TYPE,
  ['grpc-accept-encoding', 'identity,gzip'],
  ...statusFields({ code: StatusCode.UNIMPLEMENTED, message: 'grpc-encoding is not supported: use gzip or identity' }),
]);

/** HTTP statuses for clients that do not speak gRPC. */
export const METHOD_NOT_ALLOWED = encodeFields([
  [':status', '405'],
  ['allow', 'POST'],
]);
export const UNSUPPORTED_MEDIA_TYPE = encodeFields([[':status', '415']]);

/** RFC 6585 section 5, with a status for gRPC clients. */
export const HEADER_LIST_TOO_LARGE = encodeFields([
  [':status', '431'],
  CONTENT_TYPE,
  ...statusFields({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'the header list is too large' }),
]);

function statusFields({
  code,
  message,
  details,
  fields: extra = [],
}: Status): (readonly [name: string, value: string])[] {
  const fields: [string, string][] = [['grpc-status', String(code)]];
  const encoded = percentEncode(message);
  if (encoded !== '') fields.push(['grpc-message', truncate(encoded)]);
  // Base64 without padding (PROTOCOL-HTTP2.md, "Binary-Header").
  const binary = details === undefined ? '' : Buffer.from(details).toString('base64').replace(/=+$/, '');
  if (binary !== '' && binary.length <= MAX_DETAILS_CHARACTERS) fields.push(['grpc-status-details-bin', binary]);
  return [...fields, ...extra];
}

/** Truncates, but not within a `%XX` or after a space. */
function truncate(encoded: string): string {
  return encoded.slice(0, MAX_MESSAGE_CHARACTERS).replace(/%.?$/, '').trimEnd();
}
