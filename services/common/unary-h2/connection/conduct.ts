import { Budget } from '../budget.ts';
import { ConnectionError, ErrorCode } from '../error-code.ts';
import type { ServerContext } from './context.ts';

/** Control frames that come with an honest request: windows, pings that measure the bandwidth (grpc-go, grpc-core). */
const CONTROL_FRAMES_FOR_A_REQUEST = 4;

/** How a peer behaves: what is legal once and an attack in numbers (RFC 9113 section 10.5). Throws ENHANCE_YOUR_CALM. */
export class Conduct {
  readonly #context: ServerContext;
  readonly #resets: Budget;
  readonly #controlFrames: Budget;

  constructor(context: ServerContext) {
    const { limits, nowMs } = context;
    this.#context = context;
    this.#resets = new Budget(limits.resetBurst, limits.resetsPerSecond, nowMs);
    this.#controlFrames = new Budget(limits.controlFrameBurst, limits.controlFramesPerSecond, nowMs);
  }

  requestCame(): void {
    this.#controlFrames.earn(CONTROL_FRAMES_FOR_A_REQUEST);
  }

  requestServed(): void {
    this.#resets.earn(1);
  }

  /** A stream that the peer has reset, or that it has made us reset. */
  streamReset(): void {
    if (!this.#resets.spend(this.#context.nowMs)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'too many streams were reset');
    }
  }

  /** A frame that carries no part of a request. */
  controlFrame(): void {
    if (!this.#controlFrames.spend(this.#context.nowMs)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'too many frames that carry no request');
    }
  }
}
