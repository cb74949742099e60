import type { Refusal } from '@featureos/introspection-client';
import type { ResponseSink } from '#common/rpc/response-sink.ts';
import type { UnaryH2Methods } from '#common/rpc/unary-h2-methods.ts';
import { decodeRequest, type UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import { Authorization, CheckRequestSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { Authorizer, DecisionSink } from '../authorization/authorizer.ts';
import type { Identity } from '../authorization/identity.ts';
import { accessRequestOf, scanCheckRequest } from './check-request.ts';
import type { CheckResponses } from './check-responses.ts';
import { response } from './response.ts';

/** Envoy's ext_authz for the standard port. */
export function authorizationService(
  authorizer: Authorizer,
  responses: CheckResponses,
): UnaryHandlers<typeof Authorization> {
  return {
    check: (request, { deadline }) =>
      response((sink) => authorizer.decide(accessRequestOf(request), deadline, new CheckSink(responses, sink))),
  };
}

/** The same from bytes to bytes, for the fast port. */
export function addDirectAuthorization(port: UnaryH2Methods, authorizer: Authorizer, responses: CheckResponses): void {
  port.addDirect(Authorization.method.check, (bytes, start, end, reply) => {
    const request =
      scanCheckRequest(bytes, start, end) ??
      accessRequestOf(decodeRequest(CheckRequestSchema, bytes.subarray(start, end)));
    authorizer.decide(request, reply.deadline, new CheckSink(responses, reply));
  });
}

class CheckSink implements DecisionSink {
  readonly #responses: CheckResponses;
  readonly #sink: ResponseSink;

  constructor(responses: CheckResponses, sink: ResponseSink) {
    this.#responses = responses;
    this.#sink = sink;
  }

  allow(identity: Identity): void {
    this.#sink.respond(this.#responses.allowed(identity));
  }

  deny(refusal: Refusal): void {
    this.#sink.respond(this.#responses.denied(refusal));
  }

  fail(error: unknown): void {
    this.#sink.refuse(error);
  }
}
