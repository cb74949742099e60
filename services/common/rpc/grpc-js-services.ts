import { type DescService, toBinary } from '@bufbuild/protobuf';
import {
  Metadata,
  Server,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '#gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '#gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health, HealthCheckRequestSchema, HealthCheckResponseSchema } from '#gen/health/v1/health_pb.ts';
import { unavailable } from '../errors/app-error.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import { runIn } from '../observe/trace-context.ts';
import { GrpcJsAdmission, withRequestId } from './grpc-js-admission.ts';
import type { GrpcJsCall } from './grpc-js-call.ts';
import { grpcServiceDefinition } from './grpc-js-definition.ts';
import type { GrpcJsPeers } from './grpc-js-peers.ts';
import type { HealthHandlers } from './health.ts';
import { Reflection } from './reflection.ts';
import {
  type CallContext,
  decodeRequest,
  handleBytes,
  handledMethods,
  type ServiceDependencies,
  type UnaryHandlers,
  type UnaryServices,
} from './unary-handlers.ts';

const ORGANIZATION_KEY = 'x-organization';

/** Older tools, such as Evans 0.10, know only v1alpha. */
const REFLECTION_SERVICES = [ServerReflection, ServerReflectionAlpha];

type UnaryCall = ServerUnaryCall<Uint8Array, Uint8Array>;
type StreamCall = ServerWritableStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>;

/** The services of a grpc-js server. Every call passes the admission, every response and error has a request id. */
export class GrpcJsServices implements UnaryServices {
  readonly server: Server;
  readonly #peers: GrpcJsPeers;
  readonly #admission: GrpcJsAdmission;
  readonly #proxies: TrustedProxies | undefined;

  constructor(dependencies: ServiceDependencies, peers: GrpcJsPeers, options: ServerOptions) {
    this.#peers = peers;
    this.#admission = new GrpcJsAdmission(dependencies, peers);
    this.#proxies = dependencies.trustedProxies;
    this.server = new Server({ ...options, interceptors: [this.#admission.interceptor] });
  }

  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    this.#admission.add(service);
    this.server.addService(grpcServiceDefinition(service), this.#unary(service, handlers));
  }

  /** Adds `grpc.health.v1.Health`, and reflection for `services`, health and reflection. */
  addCommon(services: readonly DescService[], health: HealthHandlers): void {
    this.#admission.add(Health);
    this.server.addService(grpcServiceDefinition(Health), {
      ...this.#unary(Health, health.unaryHandlers),
      watch: (call: ServerWritableStream<Uint8Array, Uint8Array>) => {
        const ended = new AbortController();
        call.once('cancelled', () => ended.abort());
        void this.#stream(call, async function* () {
          const { service } = decodeRequest(HealthCheckRequestSchema, call.request);
          for await (const status of health.watch(service, ended.signal)) {
            yield toBinary(HealthCheckResponseSchema, status);
          }
        });
      },
    });
    const reflection = new Reflection([...services, Health, ...REFLECTION_SERVICES]);
    for (const service of REFLECTION_SERVICES) this.#addReflection(service, reflection);
  }

  /** Uses the messages of v1 for both versions, because their encoding is the same. */
  #addReflection(service: DescService, reflection: Reflection): void {
    this.#admission.add(service);
    this.server.addService(grpcServiceDefinition(service), {
      serverReflectionInfo: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
        // Otherwise the iteration would destroy the stream after the last request, and the client would wait forever.
        const received: AsyncIterable<Uint8Array> = call.iterator({ destroyOnReturn: false });
        void this.#stream(call, async function* () {
          for await (const response of reflection.handle(decodedEach(received))) {
            yield toBinary(ServerReflectionResponseSchema, response);
          }
        });
      },
    });
  }

  #unary<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>) {
    const implementation: UntypedServiceImplementation = {};
    for (const handled of handledMethods(service, handlers)) {
      implementation[handled.method.localName] = (call: UnaryCall, callback: sendUnaryData<Uint8Array>) => {
        const admitted = this.#admission.callOf(call);
        runIn(admitted.span, () => handleBytes(handled, call.request, contextOf(call, admitted, this.#proxies))).then(
          (response) => {
            call.sendMetadata(withRequestId(new Metadata(), admitted.requestId));
            callback(null, response);
          },
          (error) => callback(this.#admission.fail(error, admitted)),
        );
      };
    }
    return implementation;
  }

  /** Writes responses one by one, each after the previous was flushed. Stops if the client has cancelled. */
  async #stream(call: StreamCall, responses: () => AsyncIterable<Uint8Array>): Promise<void> {
    const admitted = this.#admission.callOf(call);
    const { requestId, stream } = admitted;
    const cancelled = new Promise<void>((resolve) => call.once('cancelled', () => resolve()));
    try {
      if (!this.#peers.beginStreaming(stream)) throw unavailable('too many streams are open; try again');
      call.sendMetadata(withRequestId(new Metadata(), requestId));
      for await (const response of responses()) {
        await Promise.race([new Promise<void>((resolve) => call.write(response, () => resolve())), cancelled]);
        this.#peers.onFlushed(stream);
      }
      call.end();
    } catch (error) {
      if (!call.cancelled) call.emit('error', this.#admission.fail(error, admitted));
    }
  }
}

function contextOf(call: UnaryCall, { caller, requestId }: GrpcJsCall, proxies?: TrustedProxies): CallContext {
  const deadline = call.getDeadline();
  const peer = call.getPeer().replace(/:\d+$/, '');
  const headers = { forwarded: textOf(call, 'forwarded'), 'x-forwarded-for': textOf(call, 'x-forwarded-for') };
  return {
    caller,
    requestId,
    ipAddress: proxies?.clientAddress(peer, headers) ?? peer,
    organization: textOf(call, ORGANIZATION_KEY),
    deadline: deadline instanceof Date ? deadline.getTime() : deadline,
  };
}

function textOf({ metadata }: UnaryCall, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

async function* decodedEach(requests: AsyncIterable<Uint8Array>) {
  for await (const bytes of requests) yield decodeRequest(ServerReflectionRequestSchema, bytes);
}
