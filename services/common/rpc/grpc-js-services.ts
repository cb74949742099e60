import { randomUUID } from 'node:crypto';
import { type DescMethodStreaming, type DescService, toBinary } from '@bufbuild/protobuf';
import {
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '#gen/grpc/reflection/v1/reflection_pb.ts';
import { Health, HealthCheckRequestSchema, HealthCheckResponseSchema } from '#gen/health/v1/health_pb.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import { grpcServiceDefinition } from './grpc-js-definition.ts';
import { toGrpcStatus } from './grpc-js-errors.ts';
import type { HealthHandlers } from './health.ts';
import { outgoingError } from './outgoing-error.ts';
import { Reflection } from './reflection.ts';
import {
  type CallContext,
  decodeRequest,
  type HandledMethod,
  handleBytes,
  handledMethods,
  type ServiceParts,
  type UnaryHandlers,
  type UnaryServices,
} from './unary-handlers.ts';

const ORGANIZATION_KEY = 'x-organization';

type UnaryCall = ServerUnaryCall<Uint8Array, Uint8Array>;
type StreamCall = ServerWritableStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>;

/** Puts services on a grpc-js server: every method passes the admission, every answer and error has a request id. */
export class GrpcJsServices implements UnaryServices {
  readonly #server: Pick<Server, 'addService'>;
  readonly #parts: ServiceParts;

  constructor(server: Pick<Server, 'addService'>, parts: ServiceParts) {
    this.#server = server;
    this.#parts = parts;
  }

  /** Adds a service of unary methods. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    this.#server.addService(grpcServiceDefinition(service), this.#unary(service, handlers));
  }

  /** Adds `grpc.health.v1.Health`, and reflection of `services` besides health and reflection. */
  addCommon(services: readonly DescService[], health: HealthHandlers): void {
    this.#server.addService(grpcServiceDefinition(Health), {
      ...this.#unary(Health, health.unaryHandlers),
      watch: (call: ServerWritableStream<Uint8Array, Uint8Array>) => {
        const ended = new AbortController();
        call.once('cancelled', () => ended.abort());
        void this.#stream(Health.method.watch, call, async function* () {
          const { service } = decodeRequest(HealthCheckRequestSchema, call.request);
          for await (const status of health.watch(service, ended.signal)) {
            yield toBinary(HealthCheckResponseSchema, status);
          }
        });
      },
    });
    const reflection = new Reflection([...services, Health, ServerReflection]);
    this.#server.addService(grpcServiceDefinition(ServerReflection), {
      serverReflectionInfo: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
        // Plain iteration would destroy the stream after the last request, and its caller would wait for the end forever.
        const received: AsyncIterable<Uint8Array> = call.iterator({ destroyOnReturn: false });
        void this.#stream(ServerReflection.method.serverReflectionInfo, call, async function* () {
          for await (const answer of reflection.handle(decodedEach(received))) {
            yield toBinary(ServerReflectionResponseSchema, answer);
          }
        });
      },
    });
  }

  #unary<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>) {
    const implementation: UntypedServiceImplementation = {};
    for (const handled of handledMethods(service, handlers)) {
      implementation[handled.method.localName] = (call: UnaryCall, callback: sendUnaryData<Uint8Array>) => {
        const requestId = randomUUID();
        this.#answer(handled, call, requestId).then(
          (response) => {
            call.sendMetadata(withRequestId(new Metadata(), requestId));
            callback(null, response);
          },
          (error) => callback(this.#fail(error, requestId)),
        );
      };
    }
    return implementation;
  }

  async #answer(handled: HandledMethod, call: UnaryCall, requestId: string): Promise<Uint8Array> {
    const caller = await this.#parts.admission.admit(handled.method, credentialsOf(call));
    const context: CallContext = {
      caller,
      requestId,
      ipAddress: this.#addressOf(call),
      organization: textOf(call, ORGANIZATION_KEY),
      deadline: deadlineOf(call),
    };
    return handleBytes(handled, call.request, context);
  }

  #addressOf(call: UnaryCall): string {
    const peer = call.getPeer().replace(/:\d+$/, '');
    const headers = { forwarded: textOf(call, 'forwarded'), 'x-forwarded-for': textOf(call, 'x-forwarded-for') };
    return this.#parts.trustedProxies?.clientAddress(peer, headers) ?? peer;
  }

  /** Writes all responses; a stream that its caller has left just ends. */
  async #stream(method: DescMethodStreaming, call: StreamCall, responses: () => AsyncIterable<Uint8Array>) {
    const requestId = randomUUID();
    try {
      await this.#parts.admission.admit(method, credentialsOf(call));
      call.sendMetadata(withRequestId(new Metadata(), requestId));
      for await (const response of responses()) call.write(response);
      call.end();
    } catch (error) {
      if (!call.cancelled) call.emit('error', this.#fail(error, requestId));
    }
  }

  #fail(error: unknown, requestId: string): StatusObject {
    const status = toGrpcStatus(outgoingError(error, this.#parts.log, requestId));
    withRequestId(status.metadata, requestId);
    return status;
  }
}

type MetadataOf = { metadata: Pick<Metadata, 'get'> };

/** No browser reaches a gRPC port, so no cookie counts there. */
const credentialsOf = (call: MetadataOf) => ({ authorization: textOf(call, 'authorization') });

function textOf({ metadata }: MetadataOf, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

function withRequestId(metadata: Metadata, requestId: string): Metadata {
  metadata.set(REQUEST_ID_HEADER, requestId);
  return metadata;
}

function deadlineOf(call: UnaryCall): number {
  const deadline = call.getDeadline();
  return deadline instanceof Date ? deadline.getTime() : deadline;
}

async function* decodedEach(requests: AsyncIterable<Uint8Array>) {
  for await (const bytes of requests) yield decodeRequest(ServerReflectionRequestSchema, bytes);
}
