/** Uploaded logos are refused or re-encoded; only the pixels of an upload are kept, and no upload stops the server. */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_LOGO_BYTES, MAX_LOGO_SIDE } from '../../services/auth-server/logos/logo-bounds.ts';
import { WorkerLogoEncoder } from '../../services/auth-server/logos/worker-logo-encoder.ts';
import { chunkTypes, jpeg, jpegSegment, LOSSLESS_WEBP, png, pngChunk, slowJpeg, WEBP } from '../support/images.ts';

/** With a timeout that a busy machine does not reach. */
const encoder = new WorkerLogoEncoder(60_000);

const MARK = 'secret-of-the-upload';
const HTML = Buffer.from(`<script>alert("${MARK}")</script>`);
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>alert(1)</script></svg>`;
const exif = jpegSegment(0xe1, Buffer.from(`Exif\0\0MM\0*\0\0\0\b\0\0 GPS ${MARK}`, 'latin1'));
const animation = [
  pngChunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
  pngChunk('fcTL', Buffer.from('000000000000000800000008000000000000000000010064' + '0000', 'hex')),
];
/** Corrects the length in the header of a RIFF file. */
const withLength = (riff: Buffer) => {
  const fixed = Buffer.from(riff);
  fixed.writeUInt32LE(fixed.length - 8, 4);
  return fixed;
};

describe('is re-encoded as a square PNG without metadata', () => {
  test.each<[string, Buffer]>([
    ['a PNG', png()],
    ['a wide PNG', png({ width: 2_048, height: 3 })],
    ['a JPEG', jpeg()],
    ['a gray JPEG', jpeg({ components: 1 })],
    ['a WebP', WEBP],
    ['a lossless WebP', LOSSLESS_WEBP],
    ['a PNG with text', png({ chunks: [pngChunk('tEXt', Buffer.from(`Comment\0${MARK}`))] })],
    ['a PNG with EXIF', png({ chunks: [pngChunk('eXIf', Buffer.from(`MM\0*\0\0\0\b${MARK}`))] })],
    ['a JPEG with EXIF', jpeg({ segments: [exif] })],
    ['a JPEG with a comment', jpeg({ segments: [jpegSegment(0xfe, HTML)] })],
    ['a PNG with HTML after it', Buffer.concat([png(), HTML])],
    ['a PNG with a zip after it', Buffer.concat([png(), Buffer.from('PK\x03\x04'), gzipSync(MARK)])],
    ['a JPEG with HTML after it', Buffer.concat([jpeg(), HTML])],
    ['a WebP with HTML after it', withLength(Buffer.concat([LOSSLESS_WEBP, HTML, Buffer.alloc(HTML.length % 2)]))],
    ['an animated PNG', png({ chunks: animation })],
    ['a PNG with a compressed text of 100 MB', png({ chunks: [textBomb()] })],
    ['the largest PNG', png({ width: MAX_LOGO_SIDE, height: MAX_LOGO_SIDE })],
    ['the largest JPEG', jpeg({ width: MAX_LOGO_SIDE, height: MAX_LOGO_SIDE })],
  ])('%s', async (_what, image) => {
    const logo = await encoder.encode(image);
    expect(new Set(chunkTypes(logo))).toEqual(new Set(['IHDR', 'IDAT', 'IEND']));
    expect([logo.readUInt32BE(16), logo.readUInt32BE(20)]).toEqual([256, 256]);
    expect(logo.includes(MARK)).toBe(false);
  });
});

describe('is refused', () => {
  const notAnImage = 'must be a PNG, JPEG or WebP image';
  const tooLarge = `must be at most ${MAX_LOGO_SIDE} pixels wide and high`;
  const damaged = 'cannot be decoded';
  test.each<[string, Buffer, string]>([
    ['an SVG with a script', Buffer.from(SVG), notAnImage],
    ['an SVG after an XML declaration', Buffer.from(`\ufeff<?xml version="1.0"?>${SVG}`), notAnImage],
    ['an SVG after the signature of PNG', Buffer.concat([png().subarray(0, 8), Buffer.from(SVG)]), notAnImage],
    ['an SVG after the start of a JPEG', Buffer.concat([jpeg().subarray(0, 2), Buffer.from(SVG)]), notAnImage],
    ['a GIF that is a script', Buffer.from('GIF89a/*\0\0\0\0\0\0*/=1;alert(1)//'.padEnd(64)), notAnImage],
    ['HTML', HTML, notAnImage],
    ['nothing', Buffer.alloc(0), notAnImage],
    [
      'a PNG 20,000 pixels wide and high',
      png({ width: 20_000, height: 20_000, idat: deflateSync(Buffer.alloc(9)) }),
      tooLarge,
    ],
    ['a PNG 2,049 pixels high', png({ width: 1, height: 2_049 }), tooLarge],
    [
      'a PNG 2^31 - 1 pixels wide',
      png({ width: 0x7fff_ffff, height: 1, idat: deflateSync(Buffer.alloc(9)) }),
      tooLarge,
    ],
    ['a JPEG 20,000 pixels wide', jpeg({ width: 20_000, height: 8 }), tooLarge],
    ['a WebP whose canvas is 16,384 pixels wide and high', webpWithCanvas(16_384), tooLarge],
    ['a JPEG that hides its frame from a reader of headers', hiddenFrame(), notAnImage],
    ['a WebP whose frame differs from its canvas', webpWithCanvas(8), damaged],
    ['a PNG of width 0', png({ width: 0 }), damaged],
    ['a PNG that is cut off', png({ width: 64, height: 64 }).subarray(0, 60), damaged],
    ['a JPEG that is cut off', jpeg({ width: 256, height: 256 }).subarray(0, -200), damaged],
    ['a WebP that is cut off', LOSSLESS_WEBP.subarray(0, 32), damaged],
    ['a CMYK JPEG', jpeg({ components: 4 }), 'must have RGB colors, not CMYK'],
  ])('%s', async (_what, image, problem) => {
    await expect(encoder.encode(image)).rejects.toMatchObject({
      extras: { fieldViolations: [{ field: 'logo', message: problem }] },
    });
  });
});

test('a small PNG whose data inflates to 100 MB is refused, or its excess data is ignored', async () => {
  const idat = deflateSync(Buffer.alloc(100_000_000));
  const outcome = await encoder.encode(png({ idat })).then(
    (logo) => logo.readUInt32BE(16),
    (error) => error.extras.fieldViolations[0].message,
  );
  expect([256, 'cannot be decoded']).toContain(outcome);
});

test('a decoder that takes too long is ended, and the next upload succeeds', async () => {
  const bomb = slowJpeg(MAX_LOGO_SIDE, MAX_LOGO_SIDE, MAX_LOGO_BYTES - 20_000);
  expect(bomb.length).toBeLessThanOrEqual(MAX_LOGO_BYTES);
  const limited = new WorkerLogoEncoder(); // with the default timeout
  const [slow, next] = await Promise.allSettled([limited.encode(bomb), limited.encode(png())]);
  expect(slow).toMatchObject({ reason: { extras: { fieldViolations: [{ message: 'cannot be decoded' }] } } });
  expect(next.status).toBe('fulfilled');
});

test('the memory of decoders is bounded', async () => {
  await encoder.encode(png()); // logo-worker.ts sets the limit in V8, for the whole process
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (size: object) => unknown } };
  const initial = (200 * 1024 * 1024) / 65_536;
  expect(() => new WebAssembly.Memory({ initial })).toThrow(RangeError);
});

test('uploads beyond those that can wait are refused with a retry delay', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => encoder.encode(png())));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
  expect(outcomes.at(-1)).toMatchObject({ reason: { extras: { retryAfterSeconds: 1 } } });
});

/** A chunk of compressed text that inflates to 100 MB. */
function textBomb(): Buffer {
  return pngChunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(100_000_000, 'x'))]));
}

/** A restart marker has no length. A parser that reads a length there skips the large frame and finds the small one. */
function hiddenFrame(): Buffer {
  const large = jpeg({ width: 20_000, height: 20_000 }).subarray(2, 65_000);
  const small = jpeg();
  return Buffer.concat([small.subarray(0, 2), jpegSegment(0xd0, large), small.subarray(2)]);
}

/** A WebP of 1 pixel whose canvas has another size. */
function webpWithCanvas(side: number): Buffer {
  const canvas = Buffer.alloc(18);
  canvas.write('VP8X', 'latin1');
  canvas.writeUInt32LE(10, 4);
  canvas.writeUIntLE(side - 1, 12, 3);
  canvas.writeUIntLE(side - 1, 15, 3);
  return withLength(Buffer.concat([LOSSLESS_WEBP.subarray(0, 12), canvas, LOSSLESS_WEBP.subarray(12)]));
}
