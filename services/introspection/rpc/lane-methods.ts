import { type DescMethod, toBinary } from '@bufbuild/protobuf';
import { bearerCredential } from '#common/callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '#common/callers/caller.ts';
import type { CallerRules } from '#common/callers/rules.ts';
import { notFound, unauthenticated } from '#common/errors/app-error.ts';
import { asAppError } from '#common/errors/wire.ts';
import type { Log } from '#common/process/log.ts';
import { encodedStatus } from '#common/rpc/grpc-js-errors.ts';
import type { HealthHandlers } from '#common/rpc/health.ts';
import type { Call, UnaryMethod } from '#common/unary-h2/unary-server.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import { decodedRequest } from './decoded-request.ts';
import type { ResponseSink } from './response-sink.ts';

/** Where a handler's answer goes: to its caller, errors as their gRPC status. */
export interface LaneReply extends ResponseSink {
  readonly deadline: number;
}

/** `octets[start, end)` is the request's message; it may be overwritten once this has returned. May throw. */
export type DirectHandler = (octets: Buffer, start: number, end: number, reply: LaneReply) => void;

/** Credentials that were accepted for a method. A gateway fleet has few; whoever brings more is asked anew. */
const MOST_REMEMBERED = 256;

/**
 * Handlers as methods of the lane, behind the same caller authentication and the same rules as on the standard port. A
 * header value that was accepted for a method once is remembered (only accepted ones, and few), since a gateway sends
 * the same one with every request and configuration does not change while we run.
 */
export class LaneMethods {
  readonly methods = new Map<string, UnaryMethod>();
  readonly #authenticator: CallerAuthenticator;
  readonly #rules: CallerRules;
  readonly #log: Log;

  constructor(authenticator: CallerAuthenticator, rules: CallerRules, log: Log) {
    this.#authenticator = authenticator;
    this.#rules = rules;
    this.#log = log;
  }

  /** Adds a method whose handler works on the octets themselves. */
  addDirect(method: DescMethod, handler: DirectHandler): void {
    const accepted = new Set<string>();
    const handle: UnaryMethod['handle'] = (call, octets, start, end) => {
      const { authorization } = call;
      const reply = new Reply(call, this.#log);
      if (authorization !== undefined && accepted.has(authorization)) {
        handler(octets, start, end, reply);
        return;
      }
      // Kept for later: the octets are the lane's again when this returns.
      const message = Buffer.from(octets.subarray(start, end));
      this.#admit(method, authorization)
        .then(() => {
          if (authorization !== undefined && accepted.size < MOST_REMEMBERED) accepted.add(authorization);
          handler(message, 0, message.length, reply);
        })
        .catch((error) => reply.refuse(error));
    };
    this.methods.set(`/${method.parent.typeName}/${method.name}`, { handle });
  }

  /** Adds `grpc.health.v1.Health/Check`; Watch is a stream, and the standard port has it. */
  addHealthCheck(health: HealthHandlers): void {
    const { check } = Health.method;
    this.addDirect(check, (octets, start, end, reply) => {
      const request = decodedRequest(check.input, octets.subarray(start, end), reply);
      if (request === undefined) return;
      const { service } = request;
      health.status(service).then(
        (response) =>
          response === undefined
            ? reply.refuse(notFound(`unknown service: ${service}`))
            : reply.respond(toBinary(check.output, response)),
        (error) => reply.refuse(error),
      );
    });
  }

  async #admit(method: DescMethod, authorization: string | undefined): Promise<void> {
    this.#rules.require(method, await this.#identify(authorization));
  }

  async #identify(authorization: string | undefined): Promise<CallerIdentity | undefined> {
    if (authorization === undefined) return undefined;
    const credential = bearerCredential(authorization);
    const caller = credential === undefined ? undefined : await this.#authenticator.authenticate(credential);
    if (caller === undefined) throw unauthenticated('the credential in `authorization` is not known');
    return caller;
  }
}

class Reply implements LaneReply {
  readonly #call: Call;
  readonly #log: Log;

  constructor(call: Call, log: Log) {
    this.#call = call;
    this.#log = log;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  respond(message: Uint8Array): void {
    this.#call.respond(message);
  }

  refuse(error: unknown): void {
    if (asAppError(error).reason === ErrorReason.UNSPECIFIED) this.#log.error({ err: error }, 'unexpected error');
    this.#call.fail(encodedStatus(error));
  }
}
