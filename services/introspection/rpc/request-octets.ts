/** Field 1, length-delimited: `token` of IntrospectRequest, and each of `tokens` of BatchIntrospectRequest. */
const TOKEN_TAG = (1 << 3) | 2;
/** Tag and length: a token of less than 128 octets has a length of one octet. */
const HEADER_BYTES = 2;
const MAX_ASCII = 0x7f;

/**
 * The tokens of a request in place, where it is laid out as any encoder does it for access tokens: nothing but short
 * ASCII tokens. Undefined for everything else that protobuf allows (or does not): that is for a real decoder.
 */
export function plainTokens(octets: Buffer, start: number, end: number): string[] | undefined {
  const tokens: string[] = [];
  for (let at = start; at < end; ) {
    const from = at + HEADER_BYTES;
    if (from > end) return undefined;
    const to = from + (octets[at + 1] as number);
    if (octets[at] !== TOKEN_TAG || to > end || !isAscii(octets, at + 1, to)) return undefined;
    tokens.push(octets.toString('latin1', from, to));
    at = to;
  }
  return tokens;
}

function isAscii(octets: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((octets[at] as number) > MAX_ASCII) return false;
  return true;
}
