import { Worker } from 'node:worker_threads';
import { invalidFields } from '#common/errors/app-error.ts';
import type { LogoEncoder } from '../domain/app/app-logos.ts';
import { BatchQueue } from '../domain/batch-queue.ts';
import { type ImageHeader, readImageHeader } from './image-header.ts';
import { MAX_LOGO_SIDE } from './logo-bounds.ts';
import type { LogoJob, LogoResult } from './logo-worker.ts';

/** For one logo, including the start of its thread. */
const TIMEOUT_MS = 5_000;
/** Limits the time and the memory that uploads take: one is encoded at a time, and few can wait. */
const UPLOADS = { maxRunning: 1, maxBatchSize: 1, maxQueued: 8 };
/** The heap of a worker. The decoders' memory is separate, and bounded by logo-worker.ts. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 };

const WORKER = new URL('./logo-worker.ts', import.meta.url);

/**
 * Encodes each logo in a separate worker thread. The decoders are WebAssembly, so a fault in them has no access to the
 * memory of the service. A decoder that hangs is ended with its thread.
 */
export class WorkerLogoEncoder implements LogoEncoder {
  readonly #timeoutMs: number;
  readonly #jobs: BatchQueue<LogoJob, Buffer>;

  /** An upload that has waited for longer than twice the timeout is refused instead of started. */
  constructor(timeoutMs = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
    const options = { ...UPLOADS, maxWaitMs: 2 * timeoutMs };
    this.#jobs = new BatchQueue(async ([job]) => [await this.#run(job as LogoJob)], options);
  }

  async encode(image: Uint8Array): Promise<Buffer> {
    const { format } = checkHeader(readImageHeader(image));
    // Copied, because a Buffer can share its memory with other Buffers, and the worker would get their contents too.
    return this.#jobs.run({ format, image: new Uint8Array(image) });
  }

  async #run(workerData: LogoJob): Promise<Buffer> {
    // The worker gets neither the environment nor the options of this process, which may hold secrets.
    const worker = new Worker(WORKER, { workerData, env: {}, execArgv: [], resourceLimits: HEAP });
    const { promise, resolve, reject } = Promise.withResolvers<LogoResult>();
    // An image that takes too long counts as one that cannot be decoded.
    const timer = setTimeout(() => resolve(undefined), this.#timeoutMs);
    worker.on('message', resolve).on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the logo worker ended with code ${code}`)));
    try {
      const png = await promise;
      if (png === undefined) throw invalidLogo('cannot be decoded');
      return Buffer.from(png);
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  }
}

function checkHeader(header: ImageHeader | undefined): ImageHeader {
  if (header === undefined) throw invalidLogo('must be a PNG, JPEG or WebP image');
  if (Math.max(header.width, header.height) > MAX_LOGO_SIDE) {
    throw invalidLogo(`must be at most ${MAX_LOGO_SIDE} pixels wide and high`);
  }
  if (header.isCmyk) throw invalidLogo('must have RGB colors, not CMYK');
  return header;
}

const invalidLogo = (message: string) => invalidFields([{ field: 'logo', message }]);
