import { randomUUID } from 'node:crypto';
import type { DescMethodUnary, DescService } from '@bufbuild/protobuf';
import type { CallerIdentity } from '../callers/caller.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { ActiveSpan } from '../observe/active-span.ts';
import type { EndedCall, MethodObserver, PortName } from '../observe/request-observer.ts';
import { runIn } from '../observe/trace-context.ts';
import type { Call, CallObserver, UnaryMethod } from '../unary-h2/unary-server.ts';
import { CachedAdmission } from './admission.ts';
import { encodedStatus } from './grpc-js-errors.ts';
import type { Responder } from './responder.ts';
import {
  type CallContext,
  handleBytes,
  handledMethods,
  type ServiceDependencies,
  type UnaryHandlers,
  type UnaryServices,
} from './unary-handlers.ts';

/** Sends the response of a `BytesHandler`; an error is sent as its gRPC status. */
interface BytesReply extends Responder {
  /** See CallContext. */
  readonly deadline: number;
  /** Undefined unless the call is in a sampled trace. It is not active while the handler runs: entering a span is expensive. */
  readonly span: ActiveSpan | undefined;
}

/**
 * A handler of encoded messages. `bytes[start, end)` is the request message, which may be overwritten after the handler has
 * returned. May throw.
 */
export type BytesHandler = (bytes: Buffer, start: number, end: number, reply: BytesReply) => void;

type AdmittedHandler = (bytes: Buffer, start: number, end: number, reply: Reply) => void;

/** The methods of a unary-h2 server. Every call passes the admission. */
export class UnaryH2Methods implements UnaryServices {
  readonly methods = new Map<string, UnaryMethod>();
  readonly #dependencies: ServiceDependencies;
  readonly #port: PortName;

  constructor(dependencies: ServiceDependencies, port: PortName) {
    this.#dependencies = dependencies;
    this.#port = port;
  }

  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    for (const handled of handledMethods(service, handlers)) {
      this.#put(handled.method, (bytes, start, end, reply) => {
        // A copy, because fields of the protobuf type bytes are views of the encoded message.
        const message = Buffer.from(bytes.subarray(start, end));
        const context = new UnaryH2Context(reply);
        runIn(reply.span, () => handleBytes(handled, message, context)).then(
          (response) => reply.respond(response),
          (error) => reply.fail(error),
        );
      });
    }
  }

  /** Adds a method whose handler works on encoded messages, without a promise. */
  addBytesHandler(method: DescMethodUnary, handler: BytesHandler): void {
    this.#put(method, handler);
  }

  #put(method: DescMethodUnary, handler: AdmittedHandler): void {
    const admission = new CachedAdmission(this.#dependencies.admission, method);
    const observer = this.#dependencies.observer.method(method, this.#port);
    const handle: UnaryMethod['handle'] = (call, bytes, start, end) => {
      const reply = new Reply(call, observer);
      const cached = admission.cached(call.authorization, call.peerName);
      if (cached !== undefined) {
        call.authenticated();
        reply.caller = cached;
        run(handler, bytes, start, end, reply);
        return;
      }
      // A copy, because the message may be overwritten once `handle` has returned.
      const message = Buffer.from(bytes.subarray(start, end));
      admission.admit(call.authorization, call.peerName).then(
        (caller) => {
          if (caller !== undefined) call.authenticated();
          reply.caller = caller;
          run(handler, message, 0, message.length, reply);
        },
        (error) => reply.fail(error),
      );
    };
    this.methods.set(`/${method.parent.typeName}/${method.name}`, { handle });
  }
}

function run(handler: AdmittedHandler, bytes: Buffer, start: number, end: number, reply: Reply): void {
  try {
    handler(bytes, start, end, reply);
  } catch (error) {
    reply.fail(error);
  }
}

class Reply implements BytesReply, EndedCall, CallObserver {
  caller: CallerIdentity | undefined = undefined;
  error: unknown = undefined;
  readonly span: ActiveSpan | undefined;
  readonly #call: Call;
  readonly #observer: MethodObserver;
  #requestId: string | undefined;

  constructor(call: Call, observer: MethodObserver) {
    this.#call = call;
    this.#observer = observer;
    this.span = observer.begin(call.traceparent);
    call.observer = this;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  get traceparent(): string | undefined {
    return this.#call.traceparent;
  }

  /** Created when it is first read: most calls need none. */
  get requestId(): string {
    this.#requestId ??= randomUUID();
    return this.#requestId;
  }

  respond(message: Uint8Array): void {
    this.#call.respond(message);
  }

  fail(error: unknown): void {
    this.error = error;
    this.#call.fail({ ...encodedStatus(error), fields: [[REQUEST_ID_HEADER, this.requestId]] });
  }

  onEnd(status: number, durationMs: number): void {
    this.#observer.ended(status, durationMs, this);
  }
}

class UnaryH2Context implements CallContext {
  readonly ipAddress = '';
  readonly organization = undefined;
  readonly #reply: Reply;

  constructor(reply: Reply) {
    this.#reply = reply;
  }

  get caller(): CallerIdentity | undefined {
    return this.#reply.caller;
  }

  get requestId(): string {
    return this.#reply.requestId;
  }

  get deadline(): number {
    return this.#reply.deadline;
  }
}
