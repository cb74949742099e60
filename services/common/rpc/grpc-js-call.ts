import { randomUUID } from 'node:crypto';
import type { ServerHttp2Stream } from 'node:http2';
import { type Deadline, status as Status } from '@grpc/grpc-js';
import type { CallerIdentity } from '../callers/caller.ts';
import type { ActiveSpan } from '../observe/active-span.ts';
import type { EndedCall, MethodObserver } from '../observe/request-observer.ts';
import { systemClock } from '../process/clock.ts';

/** A call of a grpc-js server, from its header to its end. */
export class GrpcJsCall implements EndedCall {
  readonly requestId = randomUUID();
  readonly stream: ServerHttp2Stream;
  /** Set when the call is admitted. */
  caller: CallerIdentity | undefined = undefined;
  error: unknown = undefined;
  traceparent: string | undefined = undefined;
  span: ActiveSpan | undefined = undefined;
  readonly #startedAtMs = performance.now();
  #observer: MethodObserver | undefined;

  /** `observer`: undefined for streaming methods, which are not observed. */
  constructor(stream: ServerHttp2Stream, observer: MethodObserver | undefined) {
    this.stream = stream;
    this.#observer = observer;
  }

  /** Joins the trace of the caller. */
  begin(traceparent: string | undefined): void {
    this.traceparent = traceparent;
    this.span = this.#observer?.begin(traceparent);
  }

  /** The status was sent. Only the first one counts. */
  ended(status: number): void {
    this.#observer?.ended(status, performance.now() - this.#startedAtMs, this);
    this.#observer = undefined;
  }

  /** The client cancelled the call or disconnected, or grpc-js ended the call at its deadline. */
  cancelled(deadline: Deadline): void {
    const isLate = Number(deadline) <= systemClock.now();
    this.ended(isLate ? Status.DEADLINE_EXCEEDED : Status.CANCELLED);
  }
}
