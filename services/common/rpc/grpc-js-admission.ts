import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type StatusObject,
} from '@grpc/grpc-js';
import type { RequestCredentials } from '../callers/request-credentials.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { MethodObserver } from '../observe/request-observer.ts';
import { certificateName } from '../tls/certificate-name.ts';
import { GrpcJsCall } from './grpc-js-call.ts';
import { grpcPath } from './grpc-js-definition.ts';
import { toGrpcStatus } from './grpc-js-errors.ts';
import { streamOf } from './grpc-js-internals.ts';
import type { GrpcJsPeers } from './grpc-js-peers.ts';
import type { ServiceDependencies } from './unary-handlers.ts';

/** The admission of a grpc-js server. Runs on the header, so that the message of a rejected call is never read. */
export class GrpcJsAdmission {
  readonly #dependencies: ServiceDependencies;
  readonly #peers: GrpcJsPeers;
  readonly #methods = new Map<string, { readonly method: DescMethod; readonly observer: MethodObserver | undefined }>();
  readonly #admitted = new WeakMap<Metadata, GrpcJsCall>();
  /** The names in the client certificates of connections. */
  readonly #certificates = new WeakMap<Http2Session, string | undefined>();

  constructor(dependencies: ServiceDependencies, peers: GrpcJsPeers) {
    this.#dependencies = dependencies;
    this.#peers = peers;
  }

  /** Registers the methods of a service. */
  add(service: DescService): void {
    for (const method of service.methods) {
      // Clients decide how long a stream lasts, so its duration is not measured.
      const observer = method.methodKind === 'unary' ? this.#dependencies.observer.method(method, 'grpc') : undefined;
      this.#methods.set(grpcPath(method), { method, observer });
    }
  }

  /** The admitted call to which the metadata belongs. */
  callOf({ metadata }: { readonly metadata: Metadata }): GrpcJsCall {
    const call = this.#admitted.get(metadata);
    if (call === undefined) throw new Error('the server was built without the interceptor of GrpcJsAdmission');
    return call;
  }

  /** Records the error of a call, and returns its status with the request id. */
  fail(error: unknown, call: GrpcJsCall): StatusObject {
    call.error = error;
    const status = toGrpcStatus(error);
    withRequestId(status.metadata, call.requestId);
    return status;
  }

  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    const stream = streamOf(call);
    const observed = new GrpcJsCall(stream, this.#methods.get(path)?.observer);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => void this.#admit(path, call, observed, metadata, pass),
          onCancel: () => observed.cancelled(call.getDeadline()),
        }),
      sendMessage: (message: Uint8Array, next) => {
        next(message);
        this.#peers.onWrite(stream, message.length);
      },
      sendStatus: (status, next) => {
        next(status);
        observed.ended(status.code);
        this.#peers.onWrite(stream, 0);
      },
    });
  };

  async #admit(
    path: string,
    call: ServerInterceptingCallInterface,
    observed: GrpcJsCall,
    metadata: Metadata,
    pass: (metadata: Metadata) => void,
  ): Promise<void> {
    observed.begin(metadata.get('traceparent')[0]?.toString());
    try {
      const method = this.#methods.get(path)?.method;
      if (method === undefined) throw new Error(`${path} is not registered`);
      observed.caller = await this.#dependencies.admission.admit(
        method,
        this.#credentialsOf(metadata, observed.stream),
      );
      if (observed.caller !== undefined) this.#peers.authenticated(observed.stream);
      this.#admitted.set(metadata, observed);
    } catch (error) {
      const status = this.fail(error, observed);
      call.sendStatus(status);
      observed.ended(status.code);
      return;
    }
    pass(metadata);
  }

  /**
   * Cookies are ignored, because no browser reaches a gRPC port. Several authorization headers are one value here
   * (joinAuthorizationHeaders).
   */
  #credentialsOf(metadata: Metadata, { session }: ServerHttp2Stream): RequestCredentials {
    const [authorization] = metadata.get('authorization');
    if (authorization !== undefined) return { authorization: String(authorization) };
    if (session === undefined) return { authorization: undefined };
    if (!this.#certificates.has(session)) this.#certificates.set(session, certificateName(session.socket));
    return { authorization: undefined, certificate: this.#certificates.get(session) };
  }
}

export function withRequestId(metadata: Metadata, requestId: string): Metadata {
  metadata.set(REQUEST_ID_HEADER, requestId);
  return metadata;
}
