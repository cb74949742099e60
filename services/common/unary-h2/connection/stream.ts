import type { Call, CallObserver } from '../call.ts';
import type { ReceiveWindow } from '../frames/receive-window.ts';
import type { MessageAssembly } from '../grpc/message-assembly.ts';
import type { RequestHead } from '../grpc/request-head.ts';
import { trailersOnly } from '../grpc/responses.ts';
import type { Status } from '../grpc/status.ts';

/** Receives a handler's response: a message, or the field block of a Trailers-Only response. */
export interface ResponseHandler {
  /** Whether a call of this connection was authenticated. */
  isAuthenticated: boolean;
  readonly peerName: string | undefined;
  onResponse(stream: Stream, message: Uint8Array | undefined, trailersOnly: Buffer | undefined): void;
}

/**
 * A request and its response: "open" or "half-closed (remote)" in RFC 9113 section 5.1 until `closed` is set. Not pooled,
 * because a handler may keep its call after the stream is closed.
 */
export class Stream implements Call {
  readonly id: number;
  readonly head: RequestHead;
  readonly authorization: string | undefined;
  readonly deadline: number;
  /** The deadline on the monotonic clock (`ServerContext.nowMs`). */
  readonly expiresAtMs: number;
  /** When the header of the request was complete (HEADERS and its CONTINUATION frames), on the monotonic clock. */
  readonly openedAtMs: number;

  requestEnded = false;
  contentBytes = 0;
  /** Undefined for a request that is one uncompressed message in one DATA frame with END_STREAM. */
  assembly: MessageAssembly | undefined = undefined;
  window: ReceiveWindow | undefined = undefined;

  cancelled = false;
  observer: CallObserver | undefined = undefined;
  /** The gRPC status code of the response to a dispatched call. */
  status = 0;
  /** The handler was called. */
  dispatched = false;
  handlerDone = false;
  /** The handler or the server has responded, with `message` or `trailersOnly`. */
  responded = false;
  respondedAtMs = 0;
  /** What the call adds to `pendingBytes` of the server, without its incomplete message (`ConnectionMemory` adds that). */
  pendingBytes = 0;
  message: Uint8Array | undefined = undefined;
  trailersOnly: Buffer | undefined = undefined;

  /** Flow-control window for sending (RFC 9113 section 6.9.1). */
  sendWindow: number;
  /** Bytes sent of prefix and message; -1 before the response headers. */
  sentBytes = -1;
  closed = false;

  readonly #responseHandler: ResponseHandler;

  constructor(id: number, head: RequestHead, sendWindow: number, nowMs: number, responseHandler: ResponseHandler) {
    this.id = id;
    this.head = head;
    this.authorization = head.authorization;
    this.deadline = head.timeoutMs === Number.POSITIVE_INFINITY ? head.timeoutMs : Date.now() + head.timeoutMs;
    this.expiresAtMs = nowMs + head.timeoutMs;
    this.openedAtMs = nowMs;
    this.sendWindow = sendWindow;
    this.#responseHandler = responseHandler;
  }

  get traceparent(): string | undefined {
    return this.head.traceparent;
  }

  /** When its request or response became pending on the peer; Infinity if neither is. */
  get pendingSinceMs(): number {
    if (this.pendingBytes === 0) return Number.POSITIVE_INFINITY;
    return this.responded ? this.respondedAtMs : this.openedAtMs;
  }

  get peerName(): string | undefined {
    return this.#responseHandler.peerName;
  }

  authenticated(): void {
    this.#responseHandler.isAuthenticated = true;
  }

  respond(message: Uint8Array): void {
    if (this.handlerDone) return;
    this.handlerDone = true;
    this.#responseHandler.onResponse(this, message, undefined);
  }

  fail(status: Status): void {
    if (this.handlerDone) return;
    this.handlerDone = true;
    // If the server has already responded with DEADLINE_EXCEEDED, the status stays.
    if (!this.responded) this.status = status.code;
    this.#responseHandler.onResponse(this, undefined, trailersOnly(status));
  }
}
