import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag } from './frame.ts';

/**
 * Where the content of a DATA or HEADERS payload ends: the Pad Length is its first octet, the padding its last ones
 * (RFC 9113 sections 6.1 and 6.2). Throws PROTOCOL_ERROR if the padding is as long as the payload.
 */
export function unpaddedEnd(flags: number, octets: Uint8Array, start: number, end: number): number {
  if ((flags & Flag.PADDED) === 0) return end;
  if (start === end) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'a padded frame without Pad Length');
  const padding = octets[start] as number;
  if (padding >= end - start) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'more padding than payload');
  return end - padding;
}
