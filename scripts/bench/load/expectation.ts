import type { Expectation } from './job.ts';

/** Whether a response's body, the bytes from `at` to `end`, is as expected. */
export type Check = (bytes: Buffer, at: number, end: number) => boolean;

/** `active: true`, the first field of an encoded IntrospectResponse. An inactive one begins with the reason. */
const ACTIVE = Buffer.of(1 << 3, 1);
/** The start of a CheckResponse: an empty `status`, which is OK, and then `ok_response`. */
const ALLOWED = Buffer.of((1 << 3) | 2, 0, (3 << 3) | 2);
/** `inactive_reason: MALFORMED`. */
const MALFORMED = Buffer.of(2 << 3, 1);
const GRPC_PREFIX_BYTES = 5;
const TOKENS_JSON = Buffer.from('{"access_token":"');
const ACTIVE_JSON = Buffer.from('{"active":true');

const startsWith =
  (expected: Buffer, skipped: number): Check =>
  (bytes, at, end) =>
    end - at >= skipped + expected.length &&
    bytes.compare(expected, 0, expected.length, at + skipped, at + skipped + expected.length) === 0;

/**
 * Checks that are cheap enough for every response. Trailers are not read: a gRPC error fails because it has no message.
 */
export const CHECKS: Readonly<Record<Expectation, Check>> = {
  active: startsWith(ACTIVE, GRPC_PREFIX_BYTES),
  allowed: startsWith(ALLOWED, GRPC_PREFIX_BYTES),
  malformed: startsWith(MALFORMED, GRPC_PREFIX_BYTES),
  batch: everyResponseIsActive,
  json: startsWith(ACTIVE_JSON, 0),
  tokens: startsWith(TOKENS_JSON, 0),
  emptyBody: (_bytes, at, end) => end === at,
  notEmptyBody: (_bytes, at, end) => end > at,
};

/** Walks a BatchIntrospectResponse: tag, length (a varint), response, and so on. */
function everyResponseIsActive(bytes: Buffer, at: number, end: number): boolean {
  let next = at + GRPC_PREFIX_BYTES;
  if (next >= end) return false;
  while (next < end) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[++next] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    next++;
    if (bytes[next] !== ACTIVE[0] || bytes[next + 1] !== ACTIVE[1]) return false;
    next += length;
  }
  return next === end;
}
