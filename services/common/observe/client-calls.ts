import { InterceptingCall, type Interceptor, status as Status } from '@grpc/grpc-js';
import { unavailable } from '../errors/app-error.ts';
import { CallDurations, type MethodDurations, STATUS_NAMES } from './call-durations.ts';
import type { Series } from './histogram.ts';
import { Operation } from './operation.ts';
import { activeSpan } from './trace-context.ts';

interface Method {
  readonly durations: MethodDurations;
  readonly operation: Operation;
}

/** Observes the RPCs that a service makes: measures their durations and continues the active trace. */
export class ClientCalls {
  readonly #durations = new CallDurations();
  readonly #methods = new Map<string, Method>();

  /** For the options of a grpc-js client. */
  readonly interceptor: Interceptor = (options, nextCall) => {
    const { durations, operation } = this.#methodOf(options.method_definition.path);
    const span = activeSpan()?.child();
    const startedAt = performance.now();
    return new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        // A copy: clients send the same metadata with each call.
        const sent = span === undefined ? metadata : metadata.clone();
        if (span !== undefined) sent.set('traceparent', span.traceparent);
        next(sent, {
          onReceiveStatus(status, pass) {
            durations.observe(status.code, performance.now() - startedAt);
            // An AppError, because the span records a fixed message for other errors.
            span?.end(
              operation,
              status.code === Status.OK ? undefined : unavailable(STATUS_NAMES[status.code] ?? 'UNKNOWN'),
            );
            pass(status);
          },
        });
      },
    });
  };

  /** Durations by `rpc_method` and `rpc_response_status_code`. A duration includes retries. */
  get series(): Series[] {
    return this.#durations.series;
  }

  #methodOf(path: string): Method {
    const known = this.#methods.get(path);
    if (known !== undefined) return known;
    const name = path.slice(1);
    const durations = this.#durations.method({ rpc_method: name });
    const method = { durations, operation: new Operation(name, { 'rpc.system.name': 'grpc', 'rpc.method': name }) };
    this.#methods.set(path, method);
    return method;
  }
}
