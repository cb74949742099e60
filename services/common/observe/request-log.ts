import { ErrorReason, ErrorReasonSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { messageOf } from '../errors/error-message.ts';
import { asAppError } from '../errors/wire.ts';
import type { Log } from '../process/log.ts';

/** In an outage every request fails, and more lines would cost CPU that other requests need. */
const MAX_LINES_PER_SECOND = 100;

/** The fields of a log line. None contains credentials. */
export interface LoggedRequest {
  /** `GET /oauth/installs/:id`, or the name of an RPC method. */
  readonly request: string;
  /** The HTTP status, or the name of the gRPC status. */
  readonly status: number | string;
  readonly durationMs: number;
  readonly requestId: string;
  /** The W3C trace id; undefined if the caller sent none and no trace was started. */
  readonly traceId: string | undefined;
  /** From callerName(); undefined if unknown. */
  readonly caller: string | undefined;
  /** The thrown error, if any. */
  readonly error?: unknown;
}

/** Logs each request that failed or was slow, up to a limit. Metrics count all of them. */
export class RequestLog {
  /** Requests that take at least this many ms are slow. */
  readonly slowMs: number;
  readonly #log: Log;
  readonly #now: () => number;
  #second = 0;
  #lines = 0;
  #suppressed = 0;

  /** `now`: a monotonic clock in ms, replaced in tests. */
  constructor(log: Log, slowMs: number, now: () => number = () => performance.now()) {
    this.#log = log;
    this.slowMs = slowMs;
    this.#now = now;
  }

  slow(request: LoggedRequest): void {
    this.#write('warn', 'slow request', request, {});
  }

  /**
   * Logs an unexpected error with its stack. Of other errors and their causes, only the messages are logged: a cause may have
   * the Redis command and its arguments.
   */
  failed(request: LoggedRequest): void {
    const { error } = request;
    if (error === undefined) {
      this.#write('warn', 'request failed', request, {});
      return;
    }
    const { reason, message, extras } = asAppError(error);
    const { cause } = extras;
    if (reason === ErrorReason.UNSPECIFIED) {
      this.#write('error', 'unexpected error', request, { err: cause ?? error });
      return;
    }
    this.#write('warn', 'request failed', request, {
      reason: ErrorReasonSchema.value[reason]?.localName,
      message,
      ...(cause instanceof Error && { cause: messageOf(cause) }),
    });
  }

  #write(level: 'warn' | 'error', text: string, request: LoggedRequest, fields: object): void {
    const second = Math.floor(this.#now() / 1_000);
    if (second !== this.#second) this.#lines = 0;
    this.#second = second;
    if (++this.#lines > MAX_LINES_PER_SECOND) {
      this.#suppressed++;
      return;
    }
    const { error: _error, durationMs, ...known } = request;
    const suppressed = this.#suppressed > 0 ? { suppressed: this.#suppressed } : {};
    this.#suppressed = 0;
    this.#log[level]({ ...known, durationMs: Math.round(durationMs), ...fields, ...suppressed }, text);
  }
}
