import { create, type DescService, fromBinary } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import { ErrorDetailSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { webCredentials } from '../callers/request-credentials.ts';
import { errorDetail, grpcCodeOf } from '../errors/wire.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { Log } from '../process/log.ts';
import { outgoingError } from './outgoing-error.ts';
import {
  type CallContext,
  type HandledMethod,
  handledMethods,
  type ServiceParts,
  type UnaryHandlers,
  type UnaryServices,
} from './unary-handlers.ts';

/** What the HTTP server around Connect knows of a request. */
export type HttpRequestInfo = Pick<CallContext, 'requestId' | 'ipAddress'>;

const requestInfoKey = createContextKey<HttpRequestInfo | undefined>(undefined);

/** For the `contextValues` option of an adapter. */
export function contextValuesFor(info: HttpRequestInfo): ContextValues {
  return createContextValues().set(requestInfoKey, info);
}

/** Puts services on a Connect router: every method passes the admission, every answer and error has a request id. */
export class ConnectServices implements UnaryServices {
  readonly #router: ConnectRouter;
  readonly #parts: ServiceParts;

  constructor(router: ConnectRouter, parts: ServiceParts) {
    this.#router = router;
    this.#parts = parts;
  }

  /** Adds a service of unary methods. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    const implementation = handledMethods(service, handlers).map((handled) => [
      handled.method.localName,
      (request: HandledRequest, context: HandlerContext) => this.#answer(handled, request, context),
    ]);
    this.#router.service(service, Object.fromEntries(implementation) as ServiceImpl<Service>);
  }

  async #answer(handled: HandledMethod, request: HandledRequest, connect: HandlerContext) {
    const info = connect.values.get(requestInfoKey);
    if (info === undefined) throw new Error('the adapter was built without contextValuesFor()');
    try {
      const response = await unlessAborted(connect.signal, this.#run(handled, request, connect, info));
      connect.responseHeader.set(REQUEST_ID_HEADER, info.requestId);
      return response;
    } catch (error) {
      const connectError = toConnectError(error, this.#parts.log, info.requestId);
      connectError.metadata.set(REQUEST_ID_HEADER, info.requestId);
      throw connectError;
    }
  }

  async #run(
    { method, handler }: HandledMethod,
    request: HandledRequest,
    connect: HandlerContext,
    info: HttpRequestInfo,
  ) {
    const header = (name: string) => connect.requestHeader.get(name) ?? undefined;
    const caller = await this.#parts.admission.admit(method, webCredentials(connect.requestMethod, header));
    const remainingMs = connect.timeoutMs();
    const response = await handler(request, {
      ...info,
      caller,
      organization: header('x-organization'),
      deadline: remainingMs === undefined ? Number.POSITIVE_INFINITY : this.#parts.clock.now() + remainingMs,
    });
    return response instanceof Uint8Array ? fromBinary(method.output, response) : create(method.output, response);
  }
}

type HandledRequest = Parameters<HandledMethod['handler']>[0];

/** Connect tells handlers of a deadline but waits for them; a caller who has given up is answered at once. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(ConnectError.from(signal.reason, Code.Canceled));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  return Promise.race([work, aborted]);
}

/** The error as it goes out: with its ErrorDetail, and with nothing of an unexpected one. */
export function toConnectError(error: unknown, log: Log, requestId: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const appError = outgoingError(error, log, requestId);
  return new ConnectError(appError.message, grpcCodeOf(appError.reason) as Code, undefined, [
    { desc: ErrorDetailSchema, value: errorDetail(appError) },
  ]);
}
