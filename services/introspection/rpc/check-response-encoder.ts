import { create, toBinary } from '@bufbuild/protobuf';
import type { Refusal } from '@featureos/introspection-client';
import { CheckResponseSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { StatusCode } from '#gen/envoy/type/v3/http_status_pb.ts';
import type { Identity } from '../authorization/identity.ts';
import { refusalHeaders } from '../authorization/identity-headers.ts';
import { AllowedResponses } from './allowed-responses.ts';
import { headerOption } from './header-option.ts';

/** google.rpc.Code. Envoy only checks whether it is 0. */
const CODES: Record<Refusal['status'], number> = { 400: 3, 401: 16, 403: 7 };

/** Encodes each decision as a CheckResponse message. */
export class CheckResponseEncoder {
  readonly #denied = new WeakMap<Refusal, Uint8Array>();
  readonly #allowed: AllowedResponses;

  /** `removesToken`: Envoy removes `authorization` from the request to the upstream. */
  constructor(removesToken: boolean) {
    this.#allowed = new AllowedResponses(removesToken ? ['authorization'] : []);
  }

  allowed(identity: Identity): Uint8Array {
    return this.#allowed.encode(identity);
  }

  denied(refusal: Refusal): Uint8Array {
    let response = this.#denied.get(refusal);
    if (response === undefined) {
      response = encodedDenial(refusal);
      this.#denied.set(refusal, response);
    }
    return response;
  }
}

function encodedDenial(refusal: Refusal): Uint8Array {
  const { status, message, body } = refusal;
  const headers = Object.entries(refusalHeaders(refusal)).map(([key, value]) => headerOption(key, value));
  const value = { status: { code: status as StatusCode }, headers, body: JSON.stringify(body) };
  const response = create(CheckResponseSchema, {
    status: { code: CODES[status], message },
    httpResponse: { case: 'deniedResponse', value },
  });
  return toBinary(CheckResponseSchema, response);
}
