import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag } from './frame.ts';

/**
 * The end of the content of a DATA or HEADERS payload. Pad Length is the first byte, the padding is last (RFC 9113
 * sections 6.1 and 6.2). Throws PROTOCOL_ERROR if the padding is as long as the payload or longer, FRAME_SIZE_ERROR if a
 * padded payload is empty.
 */
export function unpaddedEnd(flags: number, bytes: Uint8Array, start: number, end: number): number {
  if ((flags & Flag.PADDED) === 0) return end;
  if (start === end) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'padded frame without Pad Length');
  const padding = bytes[start] as number;
  if (padding >= end - start) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'padding exceeds the payload');
  return end - padding;
}
