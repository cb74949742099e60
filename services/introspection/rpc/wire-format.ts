/** A hand-written codec for the common requests and responses of IntrospectionService, for which protobuf-es is too slow. */

/** Field 1, length-delimited: the token or tokens of a request, or the responses of a batch. */
const FIELD_1_TAG = (1 << 3) | 2;
/** Tag and length, one byte each: the length of a token of less than 128 bytes fits into one. */
const HEADER_BYTES = 2;
export const MAX_ASCII = 0x7f;
/** The largest value in one byte of a varint. */
export const VARINT_MAX = 0x7f;

/**
 * The tokens of a request that has only short ASCII tokens. Undefined for any other request, which needs a general
 * decoder.
 */
export function plainTokens(bytes: Buffer, start: number, end: number): string[] | undefined {
  const tokens: string[] = [];
  for (let at = start; at < end; ) {
    const from = at + HEADER_BYTES;
    if (from > end) return undefined;
    const to = from + (bytes[at + 1] as number);
    // isAscii also checks the length: a byte above 127 would be the start of a longer varint.
    if (bytes[at] !== FIELD_1_TAG || to > end || !isAscii(bytes, at + 1, to)) return undefined;
    tokens.push(bytes.toString('latin1', from, to));
    at = to;
  }
  return tokens;
}

export function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > MAX_ASCII) return false;
  return true;
}

export function encodeBatch(responses: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const { length } of responses) size += 1 + varintSize(length) + length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const response of responses) {
    bytes[at++] = FIELD_1_TAG;
    let rest = response.length;
    for (; rest > VARINT_MAX; rest >>>= 7) bytes[at++] = (rest & VARINT_MAX) | 0x80;
    bytes[at++] = rest;
    bytes.set(response, at);
    at += response.length;
  }
  return bytes;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > VARINT_MAX; rest >>>= 7) size++;
  return size;
}
