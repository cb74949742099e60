import { randomUUID } from 'node:crypto';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type StatusObject,
} from '@grpc/grpc-js';
import type { CallerIdentity } from '../callers/caller.ts';
import type { RequestCredentials } from '../callers/request-credentials.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import { certificateName } from '../tls/certificate-name.ts';
import { grpcPath } from './grpc-js-definition.ts';
import { toGrpcStatus } from './grpc-js-errors.ts';
import { streamOf } from './grpc-js-internals.ts';
import type { GrpcJsPeers } from './grpc-js-peers.ts';
import { outgoingError } from './outgoing-error.ts';
import type { ServiceDependencies } from './unary-handlers.ts';

/** A call that has passed the admission. */
export interface AdmittedCall {
  readonly caller: CallerIdentity | undefined;
  readonly requestId: string;
  readonly stream: ServerHttp2Stream;
}

/** The admission of a grpc-js server. Runs on the header, so that the message of a rejected call is never read. */
export class GrpcJsAdmission {
  readonly #dependencies: ServiceDependencies;
  readonly #peers: GrpcJsPeers;
  readonly #methods = new Map<string, DescMethod>();
  readonly #admitted = new WeakMap<Metadata, AdmittedCall>();
  /** Of connections whose client certificate was looked at. */
  readonly #certificates = new WeakMap<Http2Session, string | undefined>();

  constructor(dependencies: ServiceDependencies, peers: GrpcJsPeers) {
    this.#dependencies = dependencies;
    this.#peers = peers;
  }

  /** Registers the methods of a service. */
  add(service: DescService): void {
    for (const method of service.methods) this.#methods.set(grpcPath(method), method);
  }

  /** The admitted call with that metadata. */
  callOf({ metadata }: { readonly metadata: Metadata }): AdmittedCall {
    const call = this.#admitted.get(metadata);
    if (call === undefined) throw new Error('the server was built without the interceptor of GrpcJsAdmission');
    return call;
  }

  /** The status of a failed call, with the request id. */
  fail(error: unknown, requestId: string): StatusObject {
    const status = toGrpcStatus(outgoingError(error, this.#dependencies.log, requestId));
    withRequestId(status.metadata, requestId);
    return status;
  }

  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    const stream = streamOf(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => void this.#admit(path, call, stream, metadata, pass),
        }),
      sendMessage: (message: Uint8Array, next) => {
        next(message);
        this.#peers.onWrite(stream, message.length);
      },
      sendStatus: (status, next) => {
        next(status);
        this.#peers.onWrite(stream, 0);
      },
    });
  };

  async #admit(
    path: string,
    call: ServerInterceptingCallInterface,
    stream: ServerHttp2Stream,
    metadata: Metadata,
    pass: (metadata: Metadata) => void,
  ): Promise<void> {
    const requestId = randomUUID();
    try {
      const method = this.#methods.get(path);
      if (method === undefined) throw new Error(`${path} is not registered`);
      const caller = await this.#dependencies.admission.admit(method, this.#credentialsOf(metadata, stream));
      if (caller !== undefined) this.#peers.authenticated(stream);
      this.#admitted.set(metadata, { caller, requestId, stream });
    } catch (error) {
      call.sendStatus(this.fail(error, requestId));
      return;
    }
    pass(metadata);
  }

  /**
   * No browser reaches a gRPC port, so no cookie counts there. Several values are joined, which is no credential: a proxy could
   * have checked another one than the first.
   */
  #credentialsOf(metadata: Metadata, { session }: ServerHttp2Stream): RequestCredentials {
    const values = metadata.get('authorization');
    if (values.length > 0) return { authorization: values.join(', ') };
    if (session === undefined) return { authorization: undefined };
    if (!this.#certificates.has(session)) this.#certificates.set(session, certificateName(session.socket));
    return { authorization: undefined, certificate: this.#certificates.get(session) };
  }
}

export function withRequestId(metadata: Metadata, requestId: string): Metadata {
  metadata.set(REQUEST_ID_HEADER, requestId);
  return metadata;
}
