import { randomUUID } from 'node:crypto';
import type { DescMethodUnary, DescService } from '@bufbuild/protobuf';
import type { CallerIdentity } from '../callers/caller.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { Log } from '../process/log.ts';
import type { Call, UnaryMethod } from '../unary-h2/unary-server.ts';
import { CachedAdmission } from './admission.ts';
import { encodedStatus } from './grpc-js-errors.ts';
import { outgoingError } from './outgoing-error.ts';
import type { Responder } from './responder.ts';
import {
  type CallContext,
  handleBytes,
  handledMethods,
  type ServiceDependencies,
  type UnaryHandlers,
  type UnaryServices,
} from './unary-handlers.ts';

/** Sends the response of a direct handler; an error is sent as its gRPC status. */
interface DirectReply extends Responder {
  /** See CallContext. */
  readonly deadline: number;
}

/** `bytes[start, end)` is the request message, which may be overwritten after the handler has returned. May throw. */
export type DirectHandler = (bytes: Buffer, start: number, end: number, reply: DirectReply) => void;

type AdmittedHandler = (
  bytes: Buffer,
  start: number,
  end: number,
  reply: Reply,
  caller: CallerIdentity | undefined,
) => void;

/** The methods of a unary-h2 server. Every call passes the admission. */
export class UnaryH2Methods implements UnaryServices {
  readonly methods = new Map<string, UnaryMethod>();
  readonly #dependencies: ServiceDependencies;

  constructor(dependencies: ServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /** Adds the unary methods of a service. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    for (const handled of handledMethods(service, handlers)) {
      this.#put(handled.method, (bytes, start, end, reply, caller) => {
        // A copy, because `bytes` fields of a decoded message are views of its encoding.
        const message = Buffer.from(bytes.subarray(start, end));
        const context = new UnaryH2Context(reply, caller);
        handleBytes(handled, message, context).then(
          (response) => reply.respond(response),
          (error) => reply.fail(error),
        );
      });
    }
  }

  /** Adds a method whose handler works on encoded messages, without a promise. */
  addDirect(method: DescMethodUnary, handler: DirectHandler): void {
    this.#put(method, handler);
  }

  #put(method: DescMethodUnary, handler: AdmittedHandler): void {
    const admission = new CachedAdmission(this.#dependencies.admission, method);
    const handle: UnaryMethod['handle'] = (call, bytes, start, end) => {
      const reply = new Reply(call, this.#dependencies.log);
      const cached = admission.cached(call.authorization, call.peerName);
      if (cached !== undefined) {
        call.authenticated();
        run(handler, bytes, start, end, reply, cached);
        return;
      }
      // A copy, because the buffer is reused when this returns.
      const message = Buffer.from(bytes.subarray(start, end));
      admission.admit(call.authorization, call.peerName).then(
        (caller) => {
          if (caller !== undefined) call.authenticated();
          run(handler, message, 0, message.length, reply, caller);
        },
        (error) => reply.fail(error),
      );
    };
    this.methods.set(`/${method.parent.typeName}/${method.name}`, { handle });
  }
}

function run(handler: AdmittedHandler, ...[bytes, start, end, reply, caller]: Parameters<AdmittedHandler>): void {
  try {
    handler(bytes, start, end, reply, caller);
  } catch (error) {
    reply.fail(error);
  }
}

class Reply implements DirectReply {
  readonly #call: Call;
  readonly #log: Log;
  #requestId: string | undefined;

  constructor(call: Call, log: Log) {
    this.#call = call;
    this.#log = log;
  }

  get deadline(): number {
    return this.#call.deadline;
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
    const { requestId } = this;
    const status = encodedStatus(outgoingError(error, this.#log, requestId));
    this.#call.fail({ ...status, fields: [[REQUEST_ID_HEADER, requestId]] });
  }
}

class UnaryH2Context implements CallContext {
  readonly caller: CallerIdentity | undefined;
  readonly ipAddress = '';
  readonly organization = undefined;
  readonly #reply: Reply;

  constructor(reply: Reply, caller: CallerIdentity | undefined) {
    this.caller = caller;
    this.#reply = reply;
  }

  get requestId(): string {
    return this.#reply.requestId;
  }

  get deadline(): number {
    return this.#reply.deadline;
  }
}
