import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { CallerIdentity } from '../callers/caller.ts';
import { invalidRequest } from '../errors/app-error.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { RequestObserver } from '../observe/request-observer.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import type { Admission } from './admission.ts';

/** The context of a call, for any transport. */
export interface CallContext {
  /** Undefined only on methods that are open to everyone. */
  readonly caller: CallerIdentity | undefined;
  /** Sent back as `x-request-id` (on a unary-h2 port only with an error), logged, audited. */
  readonly requestId: string;
  /** The client's address; empty on a unary-h2 port. */
  readonly ipAddress: string;
  /** The header X-Organization; undefined without it, and on a unary-h2 port, which does not read it. */
  readonly organization: string | undefined;
  /** When the caller stops waiting, ms since 1970; Infinity without a deadline. */
  readonly deadline: number;
}

/** A response as a message, its fields, or its encoding. */
type UnaryResponse<Output extends DescMessage> = MessageInitShape<Output> | Uint8Array;

type UnaryHandler<Input extends DescMessage, Output extends DescMessage> = (
  request: MessageShape<Input>,
  context: CallContext,
) => Promise<UnaryResponse<Output>>;

/** Handlers of all unary methods of a service, by local name. An exception becomes the call's error. */
export type UnaryHandlers<Service extends DescService> = {
  [Name in keyof Service['method'] as Service['method'][Name] extends DescMethodUnary
    ? Name
    : never]: Service['method'][Name] extends DescMethodUnary<infer Input, infer Output>
    ? UnaryHandler<Input, Output>
    : never;
};

/** Adds services with unary methods to a port. */
export interface UnaryServices {
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void;
}

/** What the RPC services of a port need, over any transport. */
export interface ServiceDependencies {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: RequestObserver;
  /** Undefined: forwarding headers are ignored. */
  readonly trustedProxies?: TrustedProxies;
  /** Default: gRPC ports are plain text. */
  readonly tls?: ServerTls | undefined;
}

/** A unary method and its handler, without the TypeScript types of its messages. */
export interface HandledMethod {
  readonly method: DescMethodUnary;
  readonly handler: UnaryHandler<DescMessage, DescMessage>;
}

/** The unary methods of a service with their handlers. */
export function handledMethods<Service extends DescService>(
  service: Service,
  handlers: UnaryHandlers<Service>,
): HandledMethod[] {
  const byName = handlers as Record<string, HandledMethod['handler']>;
  return service.methods.filter(isUnary).map((method) => {
    const handler = byName[method.localName];
    if (handler === undefined) throw new Error(`${service.typeName}/${method.name} has no handler`);
    return { method, handler };
  });
}

const isUnary = (method: DescService['methods'][number]): method is DescMethodUnary => method.methodKind === 'unary';

/** Decodes a request, runs its handler and encodes the response. */
export async function handleBytes(
  { method, handler }: HandledMethod,
  bytes: Uint8Array,
  context: CallContext,
): Promise<Uint8Array> {
  const response = await handler(decodeRequest(method.input, bytes), context);
  return response instanceof Uint8Array ? response : toBinary(method.output, create(method.output, response));
}

/** Throws INVALID_ARGUMENT if the message cannot be decoded. */
export function decodeRequest<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw invalidRequest('the message cannot be decoded');
  }
}
