import type { DescService } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
} from '@connectrpc/connect';
import { ErrorDetailSchema, ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { ServerReflection } from '#gen/grpc/reflection/v1/reflection_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import type { CallerIdentity } from '../callers/caller.ts';
import type { CallerRules } from '../callers/rules.ts';
import { AppError } from '../errors/app-error.ts';
import { asAppError, errorDetail, grpcCodeOf } from '../errors/wire.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { Log } from '../process/log.ts';
import type { HealthHandlers } from './health.ts';
import { Reflection } from './reflection.ts';

const callerKey = createContextKey<CallerIdentity | undefined>(undefined);
const requestInfoKey = createContextKey<RequestInfo | undefined>(undefined);

/** What the transport knows of a request. */
export interface RequestInfo {
  /** Sent back as `X-Request-Id`, logged, audited. */
  readonly requestId: string;
  readonly ipAddress: string;
  /** When it arrived, before any of its work began; ms since 1970 with fractions. */
  readonly receivedAt: number;
}

/** For the `contextValues` option of an adapter. */
export function contextValuesFor(info: RequestInfo): ContextValues {
  return createContextValues().set(requestInfoKey, info);
}

/** What the transport knows of the request that is being handled. */
export function requestInfoOf(context: HandlerContext): RequestInfo {
  const info = context.values.get(requestInfoKey);
  if (info === undefined) throw new Error('the adapter was built without contextValuesFor()');
  return info;
}

/** Finds the caller of a request by its headers; undefined without a credential, throws for a bad one. */
export type IdentifyCaller = (headers: Headers, httpMethod: string) => Promise<CallerIdentity | undefined>;

/** Who calls; only for handlers of methods whose rule admits authenticated callers alone. */
export function callerOf(context: HandlerContext): CallerIdentity {
  const caller = context.values.get(callerKey);
  if (caller === undefined) throw new Error('this method admits callers without a credential');
  return caller;
}

/** Caller authentication, authorization and error mapping of every method of a Connect server. */
export function serverInterceptor(identify: IdentifyCaller, rules: CallerRules, log: Log): Interceptor {
  return (next) => async (request) => {
    const requestId = request.contextValues.get(requestInfoKey)?.requestId ?? '';
    try {
      const caller = await identify(request.header, request.requestMethod);
      rules.require(request.method, caller);
      request.contextValues.set(callerKey, caller);
      const response = await unlessAborted(request.signal, next(request));
      response.header.set(REQUEST_ID_HEADER, requestId);
      return response;
    } catch (error) {
      const connectError = toConnectError(error, log.child({ requestId, method: request.method.name }));
      connectError.metadata.set(REQUEST_ID_HEADER, requestId);
      throw connectError;
    }
  };
}

/** Connect tells handlers of a deadline but waits for them; a caller who has given up is answered at once. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(ConnectError.from(signal.reason, Code.Canceled));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  return Promise.race([work, aborted]);
}

/** The error as it goes out: with its ErrorDetail, and with nothing of a fault that was not thought of. */
export function toConnectError(error: unknown, log: Log): ConnectError {
  if (error instanceof ConnectError && error.code !== Code.Unimplemented) return error;
  const appError = error instanceof ConnectError ? notBuiltYet(error.rawMessage) : asAppError(error);
  const code: Code = grpcCodeOf(appError.reason);
  if (code === Code.Internal) log.error({ err: error }, 'unexpected error');
  return new ConnectError(appError.message, code, undefined, [
    { desc: ErrorDetailSchema, value: errorDetail(appError) },
  ]);
}

/** Connect throws its own error for a method that has no handler. */
const notBuiltYet = (message: string) => new AppError(ErrorReason.UNIMPLEMENTED, message);

/** Adds health and reflection to a Connect server. `services` are those that reflection lists besides these two. */
export function addCommonServices(
  router: ConnectRouter,
  services: readonly DescService[],
  health: HealthHandlers,
): void {
  const reflection = new Reflection([...services, Health, ServerReflection]);
  router.service(Health, {
    async check({ service }) {
      const response = await health.status(service);
      if (response === undefined) throw new ConnectError(`unknown service: ${service}`, Code.NotFound);
      return response;
    },
    list: () => health.list(),
    watch: ({ service }, { signal }) => health.watch(service, signal),
  });
  router.service(ServerReflection, {
    serverReflectionInfo: (requests) => reflection.handle(requests),
  });
}
