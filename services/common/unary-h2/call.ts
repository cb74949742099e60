import type { Status } from './grpc/status.ts';

/** Is notified of the end of a call. */
export interface CallObserver {
  /**
   * Called once, when the response has been written or the call has ended without one. `status`: a gRPC status; CANCELLED if
   * the stream was reset or the connection was closed before. The duration starts when the header of the request is complete.
   * Must not throw.
   */
  onEnd(status: number, durationMs: number): void;
}

/** A unary call as its handler sees it. Respond once, now or later; further responses are ignored. */
export interface Call {
  /** The value of the `authorization` header; several are joined with commas. */
  readonly authorization: string | undefined;
  /** The `peerName` that was passed to `accept`. */
  readonly peerName: string | undefined;
  /** The `traceparent` header (W3C Trace Context), unchecked. */
  readonly traceparent: string | undefined;
  /** Milliseconds since 1970; Infinity without a `grpc-timeout`. */
  readonly deadline: number;
  /** The stream was reset, its deadline has passed or its connection was closed. The handler must still respond. */
  readonly cancelled: boolean;
  /** Set by the handler. */
  observer: CallObserver | undefined;
  /** Marks the connection as authenticated: it is not evicted when `maxConnections` is reached. */
  authenticated(): void;
  /** Responds OK with one message. The bytes are read at the end of the event-loop turn or later: do not change them. */
  respond(message: Uint8Array): void;
  /** Responds with a status other than OK. */
  fail(status: Status): void;
}

export interface UnaryMethod {
  /**
   * `bytes[start, end)` is the request message; it may be overwritten once this has returned. An exception becomes
   * INTERNAL and is reported to `onError`. A handler that never responds holds one of the connection's streams.
   */
  handle(call: Call, bytes: Buffer, start: number, end: number): void;
}
