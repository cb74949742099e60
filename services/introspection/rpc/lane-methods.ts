import { type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import { bearerCredential } from '#common/callers/bearer.ts';
import type { CallerAuthenticator, CallerIdentity } from '#common/callers/caller.ts';
import type { CallerRules } from '#common/callers/rules.ts';
import { invalidRequest, notFound, unauthenticated } from '#common/errors/app-error.ts';
import { asAppError } from '#common/errors/wire.ts';
import type { Log } from '#common/process/log.ts';
import type { MessageOrBytes } from '#common/rpc/grpc-js-definition.ts';
import { encodedStatus } from '#common/rpc/grpc-js-errors.ts';
import type { CallContext, UnaryHandlers } from '#common/rpc/grpc-js-server.ts';
import type { HealthHandlers } from '#common/rpc/health.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import type { UnaryMethod } from '../lane/lane.ts';

type Handler = (request: unknown, context: CallContext) => Promise<MessageOrBytes>;

/** Credentials that were accepted, by the header they came in. A gateway fleet has few; whoever brings more is asked anew. */
const MOST_REMEMBERED = 256;

/**
 * Handlers as methods of the lane, behind the same caller authentication and the same rules as on the standard port. A
 * header value that was accepted once is remembered (only accepted ones, and few), since a gateway sends the same one
 * with every request and configuration does not change while we run.
 */
export class LaneMethods {
  readonly methods = new Map<string, UnaryMethod>();
  readonly #authenticator: CallerAuthenticator;
  readonly #rules: CallerRules;
  readonly #log: Log;
  readonly #accepted = new Map<string, CallerIdentity>();

  constructor(authenticator: CallerAuthenticator, rules: CallerRules, log: Log) {
    this.#authenticator = authenticator;
    this.#rules = rules;
    this.#log = log;
  }

  /** Adds all methods of a service of unary methods. */
  add<Service extends DescService>(service: Service, handlers: UnaryHandlers<Service>): void {
    for (const method of service.methods)
      this.#add(method, (handlers as Record<string, Handler>)[method.localName] as Handler);
  }

  /** Adds `grpc.health.v1.Health/Check`; Watch is a stream, and the standard port has it. */
  addHealthCheck(health: HealthHandlers): void {
    this.#add(Health.method.check, async (request) => {
      const { service } = request as { service: string };
      const response = await health.status(service);
      if (response === undefined) throw notFound(`unknown service: ${service}`);
      return response;
    });
  }

  #add(method: DescMethod, handler: Handler): void {
    const handle: UnaryMethod['handle'] = (call, octets, start, end) => {
      // Decoded at once: the octets are the lane's again when this returns.
      const request = decode(method, octets.subarray(start, end));
      this.#admit(method, call.authorization)
        .then(() => {
          if (request === undefined) throw invalidRequest('the message cannot be decoded');
          return handler(request, { deadline: call.deadline });
        })
        .then(
          (response) => call.respond(response instanceof Uint8Array ? response : toBinary(method.output, response)),
          (error) => call.fail(this.#statusOf(error)),
        );
    };
    this.methods.set(`/${method.parent.typeName}/${method.name}`, { handle });
  }

  async #admit(method: DescMethod, authorization: string | undefined): Promise<void> {
    const known = authorization === undefined ? undefined : this.#accepted.get(authorization);
    this.#rules.require(method, known ?? (await this.#identify(authorization)));
  }

  async #identify(authorization: string | undefined): Promise<CallerIdentity | undefined> {
    if (authorization === undefined) return undefined;
    const credential = bearerCredential(authorization);
    const caller = credential === undefined ? undefined : await this.#authenticator.authenticate(credential);
    if (caller === undefined) throw unauthenticated('the credential in `authorization` is not known');
    if (this.#accepted.size < MOST_REMEMBERED) this.#accepted.set(authorization, caller);
    return caller;
  }

  #statusOf(error: unknown) {
    if (asAppError(error).reason === ErrorReason.UNSPECIFIED) this.#log.error({ err: error }, 'unexpected error');
    return encodedStatus(error);
  }
}

/** Undefined for octets that are no such message. */
function decode(method: DescMethod, octets: Buffer): unknown {
  try {
    return fromBinary(method.input, octets);
  } catch {
    return undefined;
  }
}
