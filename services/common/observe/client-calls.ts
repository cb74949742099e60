import { InterceptingCall, type Interceptor, status as Status } from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';
import { unavailable } from '../errors/app-error.ts';
import { CallDurations, type MethodDurations, STATUS_NAMES } from './call-durations.ts';
import type { Series } from './histogram.ts';
import { activeSpan } from './trace-context.ts';

/** Observes the RPCs that a service makes: measures their durations and continues the active trace. */
export class ClientCalls {
  readonly #durations = new CallDurations();
  readonly #byPath = new Map<string, MethodDurations>();

  /** For the options of a grpc-js client. */
  readonly interceptor: Interceptor = (options, nextCall) => {
    const { path } = options.method_definition;
    const durations = this.#durationsOf(path);
    const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': path.slice(1) };
    const span = activeSpan()?.child(path.slice(1), SpanKind.CLIENT, attributes);
    const startedAt = performance.now();
    return new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        // A copy: clients send the same metadata with each call.
        const sent = span === undefined ? metadata : metadata.clone();
        if (span !== undefined) sent.set('traceparent', span.traceparent);
        next(sent, {
          onReceiveStatus(status, pass) {
            durations.observe(status.code, performance.now() - startedAt);
            span?.end(status.code === Status.OK ? undefined : unavailable(STATUS_NAMES[status.code] ?? 'UNKNOWN'));
            pass(status);
          },
        });
      },
    });
  };

  /** Durations by `rpc_method` and `rpc_response_status_code`, including retries. */
  get series(): Series[] {
    return this.#durations.series;
  }

  #durationsOf(path: string): MethodDurations {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const durations = this.#durations.method({ rpc_method: path.slice(1) });
    this.#byPath.set(path, durations);
    return durations;
  }
}
