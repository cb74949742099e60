import { create, toBinary } from '@bufbuild/protobuf';
import type { Refusal } from '@featureos/introspection-client';
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
  HeaderValueOptionSchema,
} from '#gen/envoy/config/core/v3/base_pb.ts';
import { CheckResponseSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { StatusCode } from '#gen/envoy/type/v3/http_status_pb.ts';
import { binaryField } from '../authorization/binary-fields.ts';
import type { Identity } from '../authorization/identity.ts';
import { IDENTITY_HEADERS, refusalHeaders } from '../authorization/identity-headers.ts';

/** google.rpc.Code. Envoy only checks whether it is 0. */
const CODES: Record<Refusal['status'], number> = { 400: 3, 401: 16, 403: 7 };

/** The field `status` with an empty Status: OK. */
const STATUS_OK = binaryField(1, '');
/** The field `append_action` of a header. */
const OVERWRITE = String.fromCharCode(3 << 3, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD);

/** Names in the dynamic metadata follow the headers: `organization_id` for `x-oauth-organization-id`. */
const FIELDS = IDENTITY_HEADERS.map(([header, textOf]) => {
  const key = header.replace('x-oauth-', '').replaceAll('-', '_');
  return { header: binaryField(1, header), key: binaryField(1, key), isList: key === 'scopes', textOf };
});

/** Encodes decisions as CheckResponses. */
export class CheckResponses {
  readonly #refusals = new WeakMap<Refusal, Uint8Array>();
  readonly #removed: string;

  /** `removesToken`: Envoy removes `authorization` from the request to the upstream. */
  constructor(removesToken: boolean) {
    this.#removed = removesToken ? binaryField(5, 'authorization') : '';
  }

  /**
   * Hand-written because a general encoder takes longer than the decision. Every identity header is overwritten, so a client
   * cannot set them. They must not be in `headers_to_remove`, which Envoy applies last.
   */
  allowed(identity: Identity): Uint8Array {
    let headers = '';
    let metadata = '';
    for (const { header, key, isList, textOf } of FIELDS) {
      const text = textOf(identity);
      headers += binaryField(2, binaryField(1, header + binaryField(2, text)) + OVERWRITE);
      metadata += binaryField(1, key + binaryField(2, isList ? listValue(identity.scopes) : textValue(text)));
    }
    const response = STATUS_OK + binaryField(3, headers + this.#removed) + binaryField(4, metadata);
    return Buffer.from(response, 'latin1');
  }

  denied(refusal: Refusal): Uint8Array {
    let response = this.#refusals.get(refusal);
    if (response === undefined) {
      response = encodedRefusal(refusal);
      this.#refusals.set(refusal, response);
    }
    return response;
  }
}

/** Values of a Struct. */
const textValue = (text: string): string => binaryField(3, text);
const listValue = (texts: readonly string[]): string =>
  binaryField(6, texts.map((text) => binaryField(1, textValue(text))).join(''));

function encodedRefusal(refusal: Refusal): Uint8Array {
  const { status, message, body } = refusal;
  const headers = Object.entries(refusalHeaders(refusal)).map(([key, value]) => headerOption(key, value));
  const value = { status: { code: status as StatusCode }, headers, body: JSON.stringify(body) };
  const response = create(CheckResponseSchema, {
    status: { code: CODES[status], message },
    httpResponse: { case: 'deniedResponse', value },
  });
  return toBinary(CheckResponseSchema, response);
}

const headerOption = (key: string, value: string): HeaderValueOption =>
  create(HeaderValueOptionSchema, {
    header: { key, value },
    appendAction: AppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
  });
