/** The worker thread of one upload: decodes an image whose header was checked, and encodes it as a logo. */
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import decodePng, { init as initPng } from '@jsquash/png/decode.js';
import encodePng, { init as initPngEncoder } from '@jsquash/png/encode.js';
import resize, { initResize } from '@jsquash/resize';
import decodeWebp, { init as initWebp } from '@jsquash/webp/decode.js';
import type { ImageFormat } from './image-header.ts';
import { LOGO_SIDE } from './logo-bounds.ts';

export interface LogoJob {
  readonly format: ImageFormat;
  readonly image: Uint8Array;
}

/** The PNG; undefined if the image cannot be decoded. */
export type LogoResult = ArrayBuffer | undefined;

/** The decoders are WebAssembly. Limits the memory of each module in this process to 160 MiB. */
setFlagsFromString('--wasm-max-mem-pages=2560');

/** The part of a browser's ImageData that the decoders need. */
class Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}
Object.assign(globalThis, { ImageData: Pixels });

const wasmOf = (file: string) => readFile(new URL(import.meta.resolve(file)));
const PNG_WASM = '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';

/** The JPEG decoder calls this instead of printing a warning. Without it, a damaged JPEG would be decoded as far as possible. */
const rejectDamage = (problem: string) => {
  throw new Error(problem);
};

const DECODERS: Record<ImageFormat, { init(): Promise<unknown>; decode(image: ArrayBuffer): Promise<Pixels> }> = {
  png: { init: async () => initPng(await wasmOf(PNG_WASM)), decode: (image) => decodePng(image) },
  jpeg: {
    init: async () =>
      initJpeg({ wasmBinary: await wasmOf('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), printErr: rejectDamage }),
    decode: (image) => decodeJpeg(image, { preserveOrientation: true }),
  },
  webp: {
    init: async () => initWebp({ wasmBinary: await wasmOf('@jsquash/webp/codec/dec/webp_dec.wasm') }),
    decode: (image) => decodeWebp(image),
  },
};

async function decode({ format, image }: LogoJob): Promise<Pixels | undefined> {
  const decoder = DECODERS[format];
  await decoder.init();
  try {
    return await decoder.decode(new Uint8Array(image).buffer);
  } catch {
    return undefined;
  }
}

/** The image is scaled to fit and centered on a transparent background. */
async function encodeLogo(pixels: Pixels): Promise<ArrayBuffer> {
  const scale = LOGO_SIDE / Math.max(pixels.width, pixels.height);
  const width = Math.max(1, Math.round(pixels.width * scale));
  const height = Math.max(1, Math.round(pixels.height * scale));
  await initResize(await wasmOf('@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm'));
  const { data } = await resize(pixels, { width, height });
  const square = new Pixels(new Uint8ClampedArray(LOGO_SIDE * LOGO_SIDE * 4), LOGO_SIDE, LOGO_SIDE);
  const left = (LOGO_SIDE - width) >> 1;
  const top = (LOGO_SIDE - height) >> 1;
  for (let row = 0; row < height; row++) {
    square.data.set(data.subarray(row * width * 4, (row + 1) * width * 4), ((top + row) * LOGO_SIDE + left) * 4);
  }
  await initPngEncoder(await wasmOf(PNG_WASM));
  return encodePng(square);
}

const pixels = await decode(workerData);
const result: LogoResult = pixels && (await encodeLogo(pixels));
parentPort?.postMessage(result);
