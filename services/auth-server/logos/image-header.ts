export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  /** JPEG with four color components, which the decoder does not support. */
  readonly isCmyk?: boolean;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'); // and the start of IHDR, which must be first
const MIN_BYTES = 32;

/**
 * Reads the format and size of an image from its content. Undefined if it has none of these formats, or if a decoder could
 * find another size: only the returned size is compared with the limits.
 */
export function readImageHeader(image: Uint8Array): ImageHeader | undefined {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (bytes.length < MIN_BYTES) return undefined;
  if (bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) {
    return { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  }
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return webpHeader(bytes);
  return bytes[0] === 0xff && bytes[1] === SOI ? jpegHeader(bytes) : undefined;
}

/** RFC 9649 sections 2.5 to 2.7: the first chunk has the size. Decoders reject a VP8X size that differs from the frame's. */
function webpHeader(bytes: Buffer): ImageHeader | undefined {
  const format = 'webp';
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { format, width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const sizes = bytes.readUInt32LE(21);
      return { format, width: (sizes & 0x3fff) + 1, height: ((sizes >> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { format, width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

// ITU-T T.81 table B.1.
const SOI = 0xd8;
/** Markers of baseline, extended and progressive frames. Other frames are not decoded. */
const FRAMES = [0xc0, 0xc1, 0xc2];
/** Segments that may be before the frame: tables (DHT, DAC, DQT, DRI), APPn and comments. All have a length. */
const isSkipped = (marker: number) =>
  [0xc4, 0xcc, 0xdb, 0xdd, 0xfe].includes(marker) || (marker >= 0xe0 && marker <= 0xef);

function jpegHeader(bytes: Buffer): ImageHeader | undefined {
  let at = 2;
  while (at + 10 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] as number;
    if (FRAMES.includes(marker)) {
      const isCmyk = bytes[at + 9] === 4;
      return { format: 'jpeg', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7), isCmyk };
    }
    if (!isSkipped(marker)) return undefined;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
