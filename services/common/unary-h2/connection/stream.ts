import type { Call } from '../call.ts';
import type { ReceiveWindow } from '../frames/receive-window.ts';
import type { MessageAssembly } from '../grpc/message-assembly.ts';
import type { RequestHead } from '../grpc/request-head.ts';
import { trailersOnly } from '../grpc/responses.ts';
import type { Status } from '../grpc/status.ts';

/** Takes the answer of a handler: a message, or the field block of a Trailers-Only response. */
export interface AnswerTaker {
  /** Whether a call of this connection had an authenticated caller. */
  isAuthenticated: boolean;
  takeAnswer(stream: Stream, message: Uint8Array | undefined, trailersOnly: Buffer | undefined): void;
}

/**
 * A request and its response. "open" or "half-closed (remote)" in the terms of RFC 9113 section 5.1 until it is
 * `closed`. Never used twice: a handler may hold on to its call for longer than anyone waits for it.
 */
export class Stream implements Call {
  readonly id: number;
  readonly head: RequestHead;
  readonly authorization: string | undefined;
  readonly deadline: number;
  /** The deadline, and when the header came, on the server's clock. */
  readonly expiresAtMs: number;
  readonly openedAtMs: number;

  /** END_STREAM has come. */
  requestEnded = false;
  contentBytes = 0;
  /** Only for requests that are more than one DATA frame. */
  assembly: MessageAssembly | undefined = undefined;
  window: ReceiveWindow | undefined = undefined;

  cancelled = false;
  /** The handler has the call, and has answered it. */
  handed = false;
  handlerDone = false;
  /** An answer was decided, by the handler or by the server; it is one of these two. */
  answered = false;
  answeredAtMs = 0;
  /** What it counts for while it waits for its peer (`maxWaitingBytes`). */
  waitingBytes = 0;
  message: Uint8Array | undefined = undefined;
  trailersOnly: Buffer | undefined = undefined;

  /** What we may send (RFC 9113 section 6.9.1), and what was sent of prefix and message; -1 before the header. */
  sendWindow: number;
  sentBytes = -1;
  closed = false;

  readonly #taker: AnswerTaker;

  constructor(id: number, head: RequestHead, sendWindow: number, nowMs: number, taker: AnswerTaker) {
    this.id = id;
    this.head = head;
    this.authorization = head.authorization;
    this.deadline = head.timeoutMs === Number.POSITIVE_INFINITY ? head.timeoutMs : Date.now() + head.timeoutMs;
    this.expiresAtMs = nowMs + head.timeoutMs;
    this.openedAtMs = nowMs;
    this.sendWindow = sendWindow;
    this.#taker = taker;
  }

  /** Since when it has waited for its peer; Infinity while it does not. */
  get waitingSinceMs(): number {
    if (this.waitingBytes === 0) return Number.POSITIVE_INFINITY;
    return this.answered ? this.answeredAtMs : this.openedAtMs;
  }

  authenticated(): void {
    this.#taker.isAuthenticated = true;
  }

  respond(message: Uint8Array): void {
    if (this.handlerDone) return;
    this.handlerDone = true;
    this.#taker.takeAnswer(this, message, undefined);
  }

  fail(status: Status): void {
    if (this.handlerDone) return;
    this.handlerDone = true;
    this.#taker.takeAnswer(this, undefined, trailersOnly(status));
  }
}
