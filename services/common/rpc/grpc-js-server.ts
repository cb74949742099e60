import { randomUUID } from 'node:crypto';
import type { DescMethod, DescMethodUnary, DescService, MessageShape } from '@bufbuild/protobuf';
import type {
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  StatusObject,
  sendUnaryData,
} from '@grpc/grpc-js';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '#gen/grpc/reflection/v1/reflection_pb.ts';
import {
  Health,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthListRequest,
  type HealthListResponse,
} from '#gen/health/v1/health_pb.ts';
import { bearerCredential } from '../callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '../callers/caller.ts';
import type { CallerRules } from '../callers/rules.ts';
import { notFound, unauthenticated } from '../errors/app-error.ts';
import { asAppError } from '../errors/wire.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { Log } from '../process/log.ts';
import { grpcServiceDefinition, type MessageOrBytes } from './grpc-js-definition.ts';
import { toGrpcStatus } from './grpc-js-errors.ts';
import type { HealthHandlers } from './health.ts';
import { Reflection } from './reflection.ts';

/** What a unary handler knows of its call besides the request. */
export interface CallContext {
  /** When the caller stops waiting, in ms since 1970; Infinity without a deadline. */
  readonly deadline: number;
}

/** Handlers of all unary methods of a service, by their local names. */
export type UnaryHandlers<Service extends DescService> = {
  [Name in keyof Service['method']]: Service['method'][Name] extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageShape<Input>, context: CallContext) => Promise<MessageShape<Output> | Uint8Array>
    : never;
};

type AnyCall = { metadata: { get(key: string): (string | Buffer)[] } };

/** Puts services on a grpc-js server so that every method passes caller authentication and rules, and no error leaks. */
export class GrpcJsServices {
  readonly #server: Server;
  readonly #authenticator: CallerAuthenticator;
  readonly #rules: CallerRules;
  readonly #log: Log;

  constructor(server: Server, authenticator: CallerAuthenticator, rules: CallerRules, log: Log) {
    this.#server = server;
    this.#authenticator = authenticator;
    this.#rules = rules;
    this.#log = log;
  }

  /** Adds a service of unary methods. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    const run = handlers as Record<string, (request: unknown, context: CallContext) => Promise<MessageOrBytes>>;
    const implementation = service.methods.map((method) => [
      method.localName,
      (call: ServerUnaryCall<unknown, MessageOrBytes>, callback: sendUnaryData<MessageOrBytes>) => {
        this.#admit(method, call)
          .then(() =>
            run[method.localName]?.(call.request, {
              deadline: deadlineOf(call),
            }),
          )
          .then(
            (response) => callback(null, response),
            (error) => callback(this.#fail(error)),
          );
      },
    ]);
    this.#server.addService(grpcServiceDefinition(service), Object.fromEntries(implementation));
  }

  /** Adds `grpc.health.v1.Health` and reflection of `services`. */
  addCommon(services: readonly DescService[], health: HealthHandlers): void {
    this.#addHealth(health);
    const reflection = new Reflection([...services, Health, ServerReflection]);
    this.#server.addService(grpcServiceDefinition(ServerReflection), {
      serverReflectionInfo: (call: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) => {
        // Plain iteration would destroy the stream after the last request, and its caller would wait for the end forever.
        const requests: AsyncIterable<ServerReflectionRequest> = call.iterator({ destroyOnReturn: false });
        void this.#stream(ServerReflection.method.serverReflectionInfo, call, reflection.handle(requests));
      },
    });
  }

  #addHealth(health: HealthHandlers): void {
    this.#server.addService(grpcServiceDefinition(Health), {
      check: (
        call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
        callback: sendUnaryData<HealthCheckResponse>,
      ) => {
        const { service } = call.request;
        health.status(service).then(
          (response) =>
            response ? callback(null, response) : callback(this.#fail(notFound(`unknown service: ${service}`))),
          (error) => callback(this.#fail(error)),
        );
      },
      list: (
        _call: ServerUnaryCall<HealthListRequest, HealthListResponse>,
        callback: sendUnaryData<HealthListResponse>,
      ) => {
        health.list().then(
          (response) => callback(null, response),
          (error) => callback(this.#fail(error)),
        );
      },
      watch: (call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>) => {
        const ended = new AbortController();
        call.once('cancelled', () => ended.abort());
        void this.#stream(Health.method.watch, call, health.watch(call.request.service, ended.signal));
      },
    });
  }

  /** Writes all responses; a stream that its caller has left just ends. */
  async #stream<T>(
    method: DescMethod,
    call: ServerWritableStream<unknown, T> | ServerDuplexStream<unknown, T>,
    responses: AsyncIterable<T>,
  ) {
    try {
      await this.#admit(method, call);
      for await (const response of responses) call.write(response);
      call.end();
    } catch (error) {
      if (!call.cancelled) call.emit('error', this.#fail(error));
    }
  }

  async #admit(method: DescMethod, call: AnyCall): Promise<void> {
    this.#rules.require(method, await this.#identify(call));
  }

  async #identify(call: AnyCall): Promise<CallerIdentity | undefined> {
    const authorization = call.metadata.get('authorization')[0];
    if (typeof authorization !== 'string') return undefined;
    const credential = bearerCredential(authorization);
    const caller = credential === undefined ? undefined : await this.#authenticator.authenticate(credential);
    if (caller === undefined) throw unauthenticated('the credential in `authorization` is not known');
    return caller;
  }

  #fail(error: unknown): StatusObject {
    const requestId = randomUUID();
    if (asAppError(error).reason === ErrorReason.UNSPECIFIED) {
      this.#log.error({ err: error, requestId }, 'unexpected error');
    }
    const status = toGrpcStatus(error);
    status.metadata.set(REQUEST_ID_HEADER, requestId);
    return status;
  }
}

function deadlineOf(call: ServerUnaryCall<unknown, unknown>): number {
  const deadline = call.getDeadline();
  return deadline instanceof Date ? deadline.getTime() : deadline;
}
