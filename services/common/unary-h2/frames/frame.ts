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

/** Length (24 bits), type, flags, stream (31 bits and a reserved one); RFC 9113 section 4.1. */
export const FRAME_HEADER_BYTES = 9;

/** What everyone must take, and what we never ask to be exceeded (SETTINGS_MAX_FRAME_SIZE, RFC 9113 section 4.2). */
export const MAX_FRAME_BYTES = 16_384;

/** Windows and stream identifiers have 31 bits. */
export const MAX_31_BITS = 0x7fff_ffff;

/** Reads 31 bits; the reserved one in front is ignored (RFC 9113 section 4.1). */
export function read31Bits(octets: Uint8Array, at: number): number {
  return read32Bits(octets, at) & MAX_31_BITS;
}

/** Reads 32 bits, signed: shift by `>>> 0` where the first one may be set. */
export function read32Bits(octets: Uint8Array, at: number): number {
  return (
    ((octets[at] as number) << 24) |
    ((octets[at + 1] as number) << 16) |
    ((octets[at + 2] as number) << 8) |
    (octets[at + 3] as number)
  );
}

export function write32Bits(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

/** Writes a frame's header and returns where its payload begins. */
export function writeFrameHeader(
  octets: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  octets[at] = length >>> 16;
  octets[at + 1] = length >>> 8;
  octets[at + 2] = length;
  octets[at + 3] = type;
  octets[at + 4] = flags;
  write32Bits(octets, at + 5, streamId);
  return at + FRAME_HEADER_BYTES;
}
