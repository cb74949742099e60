import type { Refusal } from '@featureos/introspection-client';
import { activeSpan } from '#common/observe/trace-context.ts';
import type { Responder } from '#common/rpc/responder.ts';
import type { UnaryH2Methods } from '#common/rpc/unary-h2-methods.ts';
import { decodeRequest, type UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import { Authorization, CheckRequestSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { Authorizer, DecisionHandler } from '../authorization/authorizer.ts';
import type { Identity } from '../authorization/identity.ts';
import { accessRequestOf, scanCheckRequest } from './check-request.ts';
import type { CheckResponseEncoder } from './check-response-encoder.ts';
import { responsePromise } from './response-promise.ts';

/** Envoy's ext_authz on the standard port. */
export function authorizationService(
  authorizer: Authorizer,
  encoder: CheckResponseEncoder,
): UnaryHandlers<typeof Authorization> {
  return {
    check: (request, { deadline }) => {
      const options = { deadline, span: activeSpan() };
      return responsePromise((responder) =>
        authorizer.decide(accessRequestOf(request), options, new CheckHandler(encoder, responder)),
      );
    },
  };
}

/** Envoy's ext_authz on the fast port, from encoded requests to encoded responses. */
export function addAuthorizationBytesHandler(
  fastMethods: UnaryH2Methods,
  authorizer: Authorizer,
  encoder: CheckResponseEncoder,
): void {
  fastMethods.addBytesHandler(Authorization.method.check, (bytes, start, end, reply) => {
    const request =
      scanCheckRequest(bytes, start, end) ??
      accessRequestOf(decodeRequest(CheckRequestSchema, bytes.subarray(start, end)));
    authorizer.decide(request, reply, new CheckHandler(encoder, reply));
  });
}

class CheckHandler implements DecisionHandler {
  readonly #encoder: CheckResponseEncoder;
  readonly #responder: Responder;

  constructor(encoder: CheckResponseEncoder, responder: Responder) {
    this.#encoder = encoder;
    this.#responder = responder;
  }

  allow(identity: Identity): void {
    this.#responder.respond(this.#encoder.allowed(identity));
  }

  deny(refusal: Refusal): void {
    this.#responder.respond(this.#encoder.denied(refusal));
  }

  fail(error: unknown): void {
    this.#responder.fail(error);
  }
}
