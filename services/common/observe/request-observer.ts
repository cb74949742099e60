import type { DescMethod } from '@bufbuild/protobuf';
import { status as Status } from '@grpc/grpc-js';
import { type CallerIdentity, callerName } from '../callers/caller.ts';
import { unavailable } from '../errors/app-error.ts';
import type { Log } from '../process/log.ts';
import type { ActiveSpan } from './active-span.ts';
import { CallDurations, type MethodDurations, STATUS_NAMES } from './call-durations.ts';
import { Histograms, type Series } from './histogram.ts';
import { Operation, OperationCache } from './operation.ts';
import { RequestLog } from './request-log.ts';
import { traceIdOf } from './traceparent.ts';
import type { Tracing } from './tracing.ts';

export interface EndedCall {
  readonly requestId: string;
  readonly caller: CallerIdentity | undefined;
  /** The thrown error, if any. */
  readonly error: unknown;
  /** The span from `begin`; the observer ends it. */
  readonly span: ActiveSpan | undefined;
  /** The header of the request. */
  readonly traceparent: string | undefined;
}

export interface EndedRequest {
  readonly method: string;
  /** The template of its route, never its path: `/oauth/installs/:id`. Undefined if no route matches. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly caller: string | undefined;
  readonly error: unknown;
  readonly span: ActiveSpan | undefined;
  readonly traceparent: string | undefined;
}

/** The port of a call: the standard gRPC port, the fast port, auth-server's internal port, or its HTTP port (Connect). */
export type PortName = 'grpc' | 'fast' | 'internal' | 'http';

/** Statuses that mean a failure of the server, or a timeout. */
const FAILURES: ReadonlySet<number> = new Set([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  Status.DATA_LOSS,
]);

/** RFC 9110 section 9.3, without CONNECT and TRACE, and RFC 5789. */
const HTTP_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures the durations of requests for Prometheus, logs those that failed or were slow, and begins and ends their spans. */
export class RequestObserver {
  readonly #log: RequestLog;
  readonly #calls = new CallDurations();
  readonly #requests = new Histograms<'http_request_method' | 'http_route' | 'http_response_status_code'>();
  readonly #operations = new OperationCache();
  readonly #tracing: Tracing | undefined;

  /** `slowMs`: a request is slow from this duration on. */
  constructor(log: Log, slowMs: number, tracing?: Tracing) {
    this.#log = new RequestLog(log, slowMs);
    this.#tracing = tracing;
  }

  /** Call it once for each method and port, and store the result. */
  method(method: DescMethod, port: PortName): MethodObserver {
    const name = `${method.parent.typeName}/${method.name}`;
    return new MethodObserver(name, this.#calls.method({ rpc_method: name, port }), this.#log, this.#tracing);
  }

  /** The span of a request over HTTP; undefined unless its trace is sampled. */
  begin(traceparent: string | undefined): ActiveSpan | undefined {
    return this.#tracing?.begin(traceparent);
  }

  ended(request: EndedRequest): void {
    const { method, route, status, durationMs, requestId, caller, error, span, traceparent } = request;
    const labels = {
      http_request_method: knownMethod(method),
      http_route: route ?? '',
      http_response_status_code: `${status}`,
    };
    this.#requests.of(labels).observe(durationMs);
    this.endSpan(request);
    const logged = {
      request: `${knownMethod(method)} ${route ?? '(no route)'}`,
      status,
      durationMs,
      requestId,
      caller,
      error,
      traceId: span?.traceId ?? traceIdOf(traceparent),
    };
    // `/readyz` responds 503 without an error; that is not a failed request.
    if (status >= 500 && error !== undefined) this.#log.failed(logged);
    else if (durationMs >= this.#log.slowMs) this.#log.slow(logged);
  }

  /** Only ends the span, for a request that is measured and logged elsewhere. */
  endSpan({ method, route, status, error, span }: EndedRequest): void {
    if (span === undefined) return;
    const known = knownMethod(method);
    const name = `${known === OTHER_METHOD ? 'HTTP' : known} ${route ?? ''}`.trim();
    const attributes = { 'http.request.method': known, 'http.route': route, 'http.response.status_code': status };
    const operation = this.#operations.of(`${status} ${name}`, () => new Operation(name, attributes));
    span.end(operation, status >= 500 ? (error ?? unavailable(`status ${status}`)) : undefined);
  }

  /** Durations of calls by `rpc_method`, `port` and `rpc_response_status_code`. */
  get callSeries(): Series[] {
    return this.#calls.series;
  }

  /** Durations of HTTP requests that are not RPCs. */
  get requestSeries(): Series[] {
    return this.#requests.series;
  }
}

export class MethodObserver {
  readonly #name: string;
  readonly #durations: MethodDurations;
  readonly #log: RequestLog;
  readonly #tracing: Tracing | undefined;
  readonly #operation: Operation;

  constructor(name: string, durations: MethodDurations, log: RequestLog, tracing: Tracing | undefined) {
    this.#name = name;
    this.#durations = durations;
    this.#log = log;
    this.#tracing = tracing;
    this.#operation = new Operation(name, { 'rpc.system.name': 'grpc', 'rpc.method': name });
  }

  /** The span of a call in the trace of its caller; undefined unless that is sampled. */
  begin(traceparent: string | undefined): ActiveSpan | undefined {
    if (this.#tracing === undefined || traceparent === undefined) return undefined;
    return this.#tracing.join(traceparent);
  }

  /** `status`: a gRPC status. Only a call that failed or was slow is logged. */
  ended(status: number, durationMs: number, call: EndedCall): void {
    this.#durations.observe(status, durationMs);
    // There is no error if the server failed the call without the handler, for example at the deadline of the call.
    call.span?.end(this.#operation, FAILURES.has(status) ? (call.error ?? unavailable(statusName(status))) : undefined);
    if (status === 0 && durationMs < this.#log.slowMs) return;
    if (FAILURES.has(status)) this.#log.failed(this.#logged(status, durationMs, call));
    else if (durationMs >= this.#log.slowMs) this.#log.slow(this.#logged(status, durationMs, call));
  }

  #logged(status: number, durationMs: number, call: EndedCall) {
    const { requestId, caller, error } = call;
    const name = caller && callerName(caller);
    const request = this.#name;
    const traceId = call.span?.traceId ?? traceIdOf(call.traceparent);
    return { request, status: statusName(status), durationMs, requestId, traceId, caller: name, error };
  }
}

/** Clients choose methods freely, so others are not named (OpenTelemetry, semantic conventions of HTTP). */
const OTHER_METHOD = '_OTHER';

const knownMethod = (method: string): string => (HTTP_METHODS.has(method) ? method : OTHER_METHOD);

const statusName = (status: number): string => STATUS_NAMES[status] ?? 'UNKNOWN';
