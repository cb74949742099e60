/** Images that are built from their parts, so that tests can build invalid ones. */
import { crc32, deflateSync } from 'node:zlib';

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}

/** Red, green and blue of a pixel, 0 to 255. */
type Color = readonly [number, number, number];

interface PngOptions {
  readonly width?: number;
  readonly height?: number;
  /** Between the header and the pixels. */
  readonly chunks?: readonly Buffer[];
  /** Compressed lines; by default black pixels. */
  readonly idat?: Buffer;
}

/** An 8-bit grayscale PNG. */
export function png({ width = 8, height = 8, chunks = [], idat }: PngOptions = {}): Buffer {
  return pngOf({ width, height, colorType: 0 }, idat ?? deflateSync(Buffer.alloc((width + 1) * height)), chunks);
}

/** A square RGB PNG, for logos in the browser tests. */
export function colorPng(side: number, colorAt: (x: number, y: number) => Color): Buffer {
  const pixels = Array.from({ length: side }, (_, index) => index);
  const lines = pixels.flatMap((y) => [0, ...pixels.flatMap((x) => colorAt(x, y))]);
  return pngOf({ width: side, height: side, colorType: 2 }, deflateSync(Buffer.from(lines)));
}

function pngOf(
  { width, height, colorType }: { width: number; height: number; colorType: 0 | 2 },
  idat: Buffer,
  chunks: readonly Buffer[] = [],
): Buffer {
  const header = Buffer.concat([u32(width), u32(height), Buffer.from([8, colorType, 0, 0, 0])]);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    ...chunks,
    pngChunk('IDAT', idat),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The types of the chunks of a PNG. */
export function chunkTypes(bytes: Buffer): string[] {
  const types: string[] = [];
  for (let at = PNG_SIGNATURE.length; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    types.push(bytes.toString('latin1', at + 4, at + 8));
  }
  return types;
}

export const jpegSegment = (marker: number, data: Uint8Array) =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(data.length + 2), data]);

interface JpegOptions {
  readonly width?: number;
  readonly height?: number;
  /** 1: grayscale, 3: YCbCr, 4: CMYK. */
  readonly components?: number;
  /** Before the frame. */
  readonly segments?: readonly Buffer[];
}

const TABLES = Buffer.concat([
  jpegSegment(0xdb, Buffer.from([0, ...Array(64).fill(1)])),
  // Code 0: the DC coefficient does not differ from that of the previous block.
  jpegSegment(0xc4, Buffer.from([0x00, 1, ...Array(15).fill(0), 0])),
]);
/** Code 0: the rest of the block is zero. */
const AC_TABLE = jpegSegment(0xc4, Buffer.from([0x10, 1, ...Array(15).fill(0), 0]));
const START = Buffer.from([0xff, 0xd8]);
const END = Buffer.from([0xff, 0xd9]);

function frame(marker: number, width: number, height: number, components: number): Buffer {
  const ids = Array.from({ length: components }, (_, index) => [index + 1, 0x11, 0]).flat();
  return jpegSegment(marker, Buffer.from([8, ...u16(height), ...u16(width), components, ...ids]));
}

/** `spectrum`: Ss, Se and Ah/Al of the header. The data is `bits` zero bits, padded to bytes. */
function scan(components: number, spectrum: readonly [number, number, number], bits: number): Buffer {
  const ids = Array.from({ length: components }, (_, index) => [index + 1, 0]).flat();
  const header = jpegSegment(0xda, Buffer.from([components, ...ids, ...spectrum]));
  return Buffer.concat([header, Buffer.alloc(Math.ceil(bits / 8))]);
}

const blocksOf = (width: number, height: number) => Math.ceil(width / 8) * Math.ceil(height / 8);

/** A baseline JPEG, all of one color. */
export function jpeg({ width = 8, height = 8, components = 3, segments = [] }: JpegOptions = {}): Buffer {
  const pixels = scan(components, [0, 63, 0], blocksOf(width, height) * components * 2);
  return Buffer.concat([START, ...segments, TABLES, AC_TABLE, frame(0xc0, width, height, components), pixels, END]);
}

/** A progressive JPEG of about `bytes` bytes with many scans, each of which goes through all blocks. */
export function slowJpeg(width: number, height: number, bytes: number): Buffer {
  // Code 0, followed by 14 ones: 32,767 blocks are empty.
  const runs = jpegSegment(0xc4, Buffer.from([0x10, 1, ...Array(15).fill(0), 0xe0]));
  const blocks = blocksOf(width, height);
  const header = jpegSegment(0xda, Buffer.from([1, 1, 0, 1, 63, 0]));
  const runCount = Math.ceil(blocks / 32_767);
  const bits = `0${'1'.repeat(14)}`.repeat(runCount).padEnd(Math.ceil((runCount * 15) / 8) * 8, '1');
  const bytesOf = (byte: string) => (byte === '11111111' ? [0xff, 0] : [Number.parseInt(byte, 2)]);
  const data = (bits.match(/.{8}/g) ?? []).flatMap(bytesOf);
  const empty = Buffer.concat([header, Buffer.from(data)]);
  const scans = Array.from({ length: Math.floor(bytes / empty.length) }, () => empty);
  return Buffer.concat([START, TABLES, runs, frame(0xc2, width, height, 1), scan(1, [0, 0, 0], blocks), ...scans, END]);
}

export const WEBP = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
export const LOSSLESS_WEBP = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
