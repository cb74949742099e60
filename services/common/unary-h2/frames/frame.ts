/** RFC 9113 section 6. */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

export const Flag = {
  END_STREAM: 0x1,
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Length (24 bits), type, flags, reserved bit and stream identifier (31 bits); RFC 9113 section 4.1. */
export const FRAME_HEADER_BYTES = 9;

/** The default of SETTINGS_MAX_FRAME_SIZE, in both directions (RFC 9113 section 4.2). */
export const MAX_FRAME_BYTES = 16_384;

/** The largest window and stream identifier. */
export const MAX_31_BITS = 0x7fff_ffff;

/** Reads 31 bits, ignoring the reserved first bit (RFC 9113 section 4.1). */
export function read31Bits(bytes: Uint8Array, at: number): number {
  return read32Bits(bytes, at) & MAX_31_BITS;
}

/** Reads 32 bits as a signed integer; use `>>> 0` where the first bit may be set. */
export function read32Bits(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

export function write32Bits(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Writes a frame header and returns the offset of the payload. */
export function writeFrameHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  bytes[at] = length >>> 16;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  write32Bits(bytes, at + 5, streamId);
  return at + FRAME_HEADER_BYTES;
}
