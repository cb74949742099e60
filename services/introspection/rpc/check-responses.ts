import { create, toBinary } from '@bufbuild/protobuf';
import type { Refusal } from '#common/http/v3-refusals.ts';
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
  HeaderValueOptionSchema,
} from '#gen/envoy/config/core/v3/base_pb.ts';
import { CheckResponseSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { StatusCode } from '#gen/envoy/type/v3/http_status_pb.ts';
import { FieldWriter } from '../authorization/field-writer.ts';
import type { Identity } from '../authorization/identity.ts';
import { IDENTITY_HEADERS, refusalHeaders } from '../authorization/identity-headers.ts';

/** google.rpc.Code; Envoy only looks whether it is 0. */
const CODES: Record<Refusal['status'], number> = { 400: 3, 401: 16, 403: 7 };

/** Of an allowed response without the values in it, at most. */
const FRAME_BYTES = 2_048;
/** Each value comes twice; a scope in the metadata takes up to so many bytes more than its text. */
const VALUE_BYTES = 16;

/** The field `status` with a Status that is empty: OK. */
const STATUS_OK = Buffer.of((1 << 3) | 2, 0);
/** The field `append_action` of a header. */
const OVERWRITE = Buffer.of(3 << 3, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD);

/** Names in the metadata are those of the headers: `organization_id` for `x-oauth-organization-id`. */
const FIELDS = IDENTITY_HEADERS.map(([header, textOf]) => ({
  header,
  key: header.replace('x-oauth-', '').replaceAll('-', '_'),
  textOf,
})).reverse();

/** Decisions as encoded CheckResponses. */
export class CheckResponses {
  readonly #writer = new FieldWriter();
  readonly #refusals = new WeakMap<Refusal, Uint8Array>();
  readonly #removed: readonly string[];

  /** `removesToken`: the upstream is not to see the client's credential. */
  constructor(removesToken: boolean) {
    this.#removed = removesToken ? ['authorization'] : [];
  }

  /**
   * By hand, because a general codec takes longer than the decision. Every identity header is overwritten, so what a client
   * sends under these names goes nowhere; they must not be in `headers_to_remove`, which Envoy applies last.
   */
  allowed(identity: Identity): Uint8Array {
    const writer = this.#writer;
    writer.begin(maxBytesOf(identity));
    this.#writeMetadata(identity);
    const okResponse = writer.length;
    for (const name of this.#removed) writer.text(5, name);
    for (const { header, textOf } of FIELDS) {
      const option = writer.length;
      writer.encoded(OVERWRITE);
      const value = writer.length;
      writer.text(2, textOf(identity));
      writer.text(1, header);
      writer.close(1, value);
      writer.close(2, option);
    }
    writer.close(3, okResponse);
    writer.encoded(STATUS_OK);
    return writer.message;
  }

  /** The field `dynamic_metadata`, a Struct: its values are texts, and `scopes` is a list of them. */
  #writeMetadata(identity: Identity): void {
    const writer = this.#writer;
    const metadata = writer.length;
    for (const { key, textOf } of FIELDS) {
      const entry = writer.length;
      if (key === 'scopes') this.#writeList(identity.scopes);
      else writer.text(3, textOf(identity));
      writer.close(2, entry);
      writer.text(1, key);
      writer.close(1, entry);
    }
    writer.close(4, metadata);
  }

  /** The content of a Value that is a list. */
  #writeList(texts: readonly string[]): void {
    const writer = this.#writer;
    const list = writer.length;
    for (let index = texts.length - 1; index >= 0; index--) {
      const value = writer.length;
      writer.text(3, texts[index] as string);
      writer.close(1, value);
    }
    writer.close(6, list);
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

function maxBytesOf(identity: Identity): number {
  let bytes = FRAME_BYTES;
  for (const { textOf } of FIELDS) bytes += 2 * textOf(identity).length;
  return bytes + VALUE_BYTES * identity.scopes.length;
}

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
