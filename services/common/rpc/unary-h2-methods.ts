import { randomUUID } from 'node:crypto';
import type { DescMethodUnary, DescService } from '@bufbuild/protobuf';
import type { CallerIdentity } from '../callers/caller.ts';
import { REQUEST_ID_HEADER } from '../http/request-id.ts';
import type { Log } from '../process/log.ts';
import type { Call, UnaryMethod } from '../unary-h2/unary-server.ts';
import { RememberedAdmission } from './admission.ts';
import { encodedStatus } from './grpc-js-errors.ts';
import { outgoingError } from './outgoing-error.ts';
import type { ResponseSink } from './response-sink.ts';
import {
  type CallContext,
  handleBytes,
  handledMethods,
  type ServiceParts,
  type UnaryHandlers,
  type UnaryServices,
} from './unary-handlers.ts';

/** Where a direct handler's response goes; errors are sent as their gRPC status. */
interface DirectReply extends ResponseSink {
  /** See CallContext. */
  readonly deadline: number;
}

/** `bytes[start, end)` is the request's message; it may be overwritten once this has returned. May throw. */
export type DirectHandler = (bytes: Buffer, start: number, end: number, reply: DirectReply) => void;

type AdmittedHandler = (
  bytes: Buffer,
  start: number,
  end: number,
  reply: Reply,
  caller: CallerIdentity | undefined,
) => void;

/** Handlers as methods of a unary-h2 server; every one passes the admission. */
export class UnaryH2Methods implements UnaryServices {
  readonly methods = new Map<string, UnaryMethod>();
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Adds a service: requests are decoded, responses encoded. Its streaming methods are left out. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    for (const handled of handledMethods(service, handlers)) {
      this.#put(handled.method, (bytes, start, end, reply, caller) => {
        // A copy: `bytes` fields of a decoded message point into what it was decoded from.
        const message = Buffer.from(bytes.subarray(start, end));
        const context = new UnaryH2Context(reply, caller);
        handleBytes(handled, message, context).then(
          (response) => reply.respond(response),
          (error) => reply.refuse(error),
        );
      });
    }
  }

  /** Adds one method whose handler works on the bytes themselves, without a promise. */
  addDirect(method: DescMethodUnary, handler: DirectHandler): void {
    this.#put(method, handler);
  }

  #put(method: DescMethodUnary, handler: AdmittedHandler): void {
    const admission = new RememberedAdmission(this.#parts.admission, method);
    const handle: UnaryMethod['handle'] = (call, bytes, start, end) => {
      const reply = new Reply(call, this.#parts.log);
      const known = admission.recall(call.authorization, call.peerName);
      if (known !== undefined) {
        call.authenticated();
        run(handler, bytes, start, end, reply, known);
        return;
      }
      // Kept for later: the bytes are the server's again when this returns.
      const message = Buffer.from(bytes.subarray(start, end));
      admission.admit(call.authorization, call.peerName).then(
        (caller) => {
          if (caller !== undefined) call.authenticated();
          run(handler, message, 0, message.length, reply, caller);
        },
        (error) => reply.refuse(error),
      );
    };
    this.methods.set(`/${method.parent.typeName}/${method.name}`, { handle });
  }
}

function run(handler: AdmittedHandler, ...[bytes, start, end, reply, caller]: Parameters<AdmittedHandler>): void {
  try {
    handler(bytes, start, end, reply, caller);
  } catch (error) {
    reply.refuse(error);
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

  /** Made when it is first asked for: most calls need none. */
  get requestId(): string {
    this.#requestId ??= randomUUID();
    return this.#requestId;
  }

  respond(message: Uint8Array): void {
    this.#call.respond(message);
  }

  refuse(error: unknown): void {
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
