import { create, type DescMethod, type DescService, fromBinary } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import type { CallerIdentity } from '#common/callers/caller.ts';
import { webCredentials } from '#common/callers/request-credentials.ts';
import { invalidRequest } from '#common/errors/app-error.ts';
import { REQUEST_ID_HEADER } from '#common/http/request-id.ts';
import type { MethodObserver } from '#common/observe/request-observer.ts';
import { activeSpan } from '#common/observe/trace-context.ts';
import {
  type CallContext,
  type HandledMethod,
  handledMethods,
  type ServiceDependencies,
  type UnaryHandlers,
  type UnaryServices,
} from '#common/rpc/unary-handlers.ts';
import { errorResponse, isInternalError, toConnectError } from './connect-errors.ts';

/** What the HTTP server adds to a Connect request. */
export type HttpRequestInfo = Pick<CallContext, 'requestId' | 'ipAddress'>;

const requestInfoKey = createContextKey<HttpRequestInfo | undefined>(undefined);

/** What the `contextValues` option of a Connect adapter must return. */
export function contextValuesFor(info: HttpRequestInfo): ContextValues {
  return createContextValues().set(requestInfoKey, info);
}

/** Adds services to a Connect router. Every call passes the admission. Every response and error has a request id. */
export class ConnectServices implements UnaryServices {
  readonly #router: ConnectRouter;
  readonly #dependencies: ServiceDependencies;
  readonly #serves: (method: DescMethod) => boolean;
  /** The context values of requests that were decoded. */
  readonly #decoded = new WeakSet<ContextValues>();

  /** Only methods for which `serves` is true are added. */
  constructor(router: ConnectRouter, dependencies: ServiceDependencies, serves: (method: DescMethod) => boolean) {
    this.#router = router;
    this.#dependencies = dependencies;
    this.#serves = serves;
  }

  /** Adds the unary methods of a service. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    for (const handled of handledMethods(service, handlers)) {
      if (!this.#serves(handled.method)) continue;
      const observer = this.#dependencies.observer.method(handled.method, 'http');
      this.#router.rpc(handled.method, (request: HandledRequest, context: HandlerContext) =>
        this.#handle(handled, observer, request, context),
      );
      const last = this.#router.handlers.length - 1;
      this.#router.handlers[last] = this.#rejectUndecodable(this.#router.handlers[last] as UniversalHandler);
    }
  }

  /** Connect reports a binary message that cannot be decoded as INTERNAL. This changes it to INVALID_ARGUMENT. */
  #rejectUndecodable(handler: UniversalHandler): UniversalHandler {
    const checked: typeof handler = Object.assign(async (...[request]: Parameters<UniversalHandler>) => {
      const response = await handler(request);
      const { contextValues: values } = request;
      const info = values?.get(requestInfoKey);
      if (values === undefined || info === undefined || this.#decoded.has(values)) return response;
      if (!(await isInternalError(response))) return response;
      const error = toConnectError(invalidRequest('the message cannot be decoded'));
      return errorResponse(error, request.header.get('content-type') ?? '');
    }, handler);
    return checked;
  }

  async #handle(handled: HandledMethod, observer: MethodObserver, request: HandledRequest, context: HandlerContext) {
    const info = context.values.get(requestInfoKey);
    if (info === undefined) throw new Error('the adapter was built without contextValuesFor()');
    this.#decoded.add(context.values);
    const startedAt = performance.now();
    // The span of the HTTP request also covers the call, so the call has no span of its own.
    const traceparent = activeSpan()?.traceparent ?? context.requestHeader.get('traceparent') ?? undefined;
    const call: RunningCall = { ...info, caller: undefined, error: undefined, span: undefined, traceparent };
    let status = 0;
    try {
      const response = await unlessAborted(context.signal, this.#run(handled, request, context, call));
      context.responseHeader.set(REQUEST_ID_HEADER, info.requestId);
      return response;
    } catch (error) {
      // A ConnectError comes from an aborted request, not from a handler.
      if (!(error instanceof ConnectError)) call.error = error;
      const connectError = toConnectError(error);
      status = connectError.code;
      connectError.metadata.set(REQUEST_ID_HEADER, info.requestId);
      throw connectError;
    } finally {
      observer.ended(status, performance.now() - startedAt, call);
    }
  }

  async #run({ method, handler }: HandledMethod, request: HandledRequest, context: HandlerContext, call: RunningCall) {
    const header = (name: string) => context.requestHeader.get(name) ?? undefined;
    call.caller = await this.#dependencies.admission.admit(method, webCredentials(context.requestMethod, header));
    const remainingMs = context.timeoutMs();
    const response = await handler(request, {
      requestId: call.requestId,
      ipAddress: call.ipAddress,
      caller: call.caller,
      organization: header('x-organization'),
      deadline: remainingMs === undefined ? Number.POSITIVE_INFINITY : this.#dependencies.clock.now() + remainingMs,
    });
    return response instanceof Uint8Array ? fromBinary(method.output, response) : create(method.output, response);
  }
}

/** The data of a call for its log line. */
interface RunningCall extends HttpRequestInfo {
  caller: CallerIdentity | undefined;
  error: unknown;
  readonly span: undefined;
  readonly traceparent: string | undefined;
}

type HandledRequest = Parameters<HandledMethod['handler']>[0];

/** Rejects as soon as `signal` aborts: Connect waits for handlers even after the deadline. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(ConnectError.from(signal.reason, Code.Canceled));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  return Promise.race([work, aborted]);
}
