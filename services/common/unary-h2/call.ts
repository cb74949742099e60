import type { Status } from './grpc/status.ts';

/** A unary call, as its handler sees it. Answer it once, now or later; what comes after the first answer is dropped. */
export interface Call {
  /** The value of the field `authorization`, if there is exactly one. */
  readonly authorization: string | undefined;
  /** When the caller stops waiting, ms since 1970; Infinity without a `grpc-timeout`. */
  readonly deadline: number;
  /** True once nobody waits for the answer any more: reset, past its deadline, or connection gone. Answer all the same. */
  readonly cancelled: boolean;
  /** Its caller has proved who it is: the connection will not have to make room for a new one (`maxConnections`). */
  authenticated(): void;
  /** Answers OK with one message. The bytes are read at the end of the event-loop turn or later: do not change them. */
  respond(message: Uint8Array): void;
  /** Answers with another status. */
  fail(status: Status): void;
}

/** A method with one request and one response. */
export interface UnaryMethod {
  /**
   * `octets[start, end)` is the request's message; it may be overwritten once this has returned. A throw is answered
   * INTERNAL and reported to `onError`. A handler that never answers holds one of the connection's streams.
   */
  handle(call: Call, octets: Buffer, start: number, end: number): void;
}
