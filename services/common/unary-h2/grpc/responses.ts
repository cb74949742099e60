import { encodeFields } from '../hpack/encoder.ts';
import { percentEncode, type Status, StatusCode } from './status.ts';

const CONTENT_TYPE = ['content-type', 'application/grpc+proto'] as const;
const OK = [':status', '200'] as const;

/** Bytes of a field block that surely fit a frame and a client's bound (8 KiB: PROTOCOL-HTTP2.md, "Responses"). */
const MAX_MESSAGE_CHARACTERS = 1_024;
const MAX_DETAILS_CHARACTERS = 6_144;

/** The field blocks of a response with a message: Response-Headers and Trailers (PROTOCOL-HTTP2.md, "Responses"). */
export const RESPONSE_HEADERS = encodeFields([OK, CONTENT_TYPE]);
export const OK_TRAILERS = encodeFields([['grpc-status', '0']]);

/** The block of a Trailers-Only response. A message or details of excessive length are cut or left out. */
export function trailersOnly(status: Status): Buffer {
  return encodeFields([OK, CONTENT_TYPE, ...statusFields(status)]);
}

/** A Trailers-Only response that also says which encodings are taken (grpc/doc/compression.md). */
export const UNSUPPORTED_ENCODING = encodeFields([
  OK,
  CONTENT_TYPE,
  ['grpc-accept-encoding', 'identity,gzip'],
  ...statusFields({ code: StatusCode.UNIMPLEMENTED, message: 'messages may be compressed with gzip alone' }),
]);

/** For those who do not speak gRPC: an HTTP status and nothing else. */
export const METHOD_NOT_ALLOWED = encodeFields([
  [':status', '405'],
  ['allow', 'POST'],
]);
export const UNSUPPORTED_MEDIA_TYPE = encodeFields([[':status', '415']]);

/** RFC 6585 section 5; a gRPC client reads the status. */
export const HEADER_LIST_TOO_LARGE = encodeFields([
  [':status', '431'],
  CONTENT_TYPE,
  ...statusFields({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'the header list is too large' }),
]);

function statusFields({
  code,
  message,
  details,
  fields: more = [],
}: Status): (readonly [name: string, value: string])[] {
  const fields: [string, string][] = [['grpc-status', String(code)]];
  const encoded = percentEncode(message);
  if (encoded !== '') fields.push(['grpc-message', cut(encoded)]);
  // Base64 without padding (PROTOCOL-HTTP2.md, "Binary-Header").
  const binary = details === undefined ? '' : Buffer.from(details).toString('base64').replace(/=+$/, '');
  if (binary !== '' && binary.length <= MAX_DETAILS_CHARACTERS) fields.push(['grpc-status-details-bin', binary]);
  return [...fields, ...more];
}

/** Not within a `%XX`. */
function cut(encoded: string): string {
  return encoded.slice(0, MAX_MESSAGE_CHARACTERS).replace(/%.?$/, '').trimEnd();
}
