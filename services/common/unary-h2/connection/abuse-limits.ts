import { ConnectionError, ErrorCode } from '../error-code.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { ServerContext } from './context.ts';

/** Clients send WINDOW_UPDATE and PING (bandwidth estimation of grpc-go and grpc-core) with their requests. */
const CONTROL_FRAMES_PER_REQUEST = 4;

/** Limits the rates of resets and control frames; high rates are an attack (RFC 9113 section 10.5). Throws ENHANCE_YOUR_CALM. */
export class AbuseLimits {
  readonly #context: ServerContext;
  readonly #resets: TokenBucket;
  readonly #controlFrames: TokenBucket;

  constructor(context: ServerContext) {
    const { limits, nowMs } = context;
    this.#context = context;
    this.#resets = new TokenBucket(limits.resetBurst, limits.resetsPerSecond, nowMs);
    this.#controlFrames = new TokenBucket(limits.controlFrameBurst, limits.controlFramesPerSecond, nowMs);
  }

  onRequest(): void {
    this.#controlFrames.add(CONTROL_FRAMES_PER_REQUEST);
  }

  onResponseSent(): void {
    this.#resets.add(1);
  }

  onStreamReset(): void {
    if (!this.#resets.tryTake(this.#context.nowMs)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'too many streams were reset');
    }
  }

  /** Counts a frame that carries no part of a request. */
  onControlFrame(): void {
    if (!this.#controlFrames.tryTake(this.#context.nowMs)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'too many frames that carry no request');
    }
  }
}
