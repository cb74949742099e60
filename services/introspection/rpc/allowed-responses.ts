import { create, fromJson, type JsonObject, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '#gen/envoy/config/core/v3/base_pb.ts';
import { CheckResponseSchema, OkHttpResponseSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { FieldWriter, viewOf } from '../authorization/field-writer.ts';
import type { Identity } from '../authorization/identity.ts';
import { IDENTITY_HEADERS, SCOPES_HEADER } from '../authorization/identity-headers.ts';
import { headerOption } from './header-option.ts';
import { TextPrefixes } from './text-prefixes.ts';

const [OK_RESPONSE, DYNAMIC_METADATA] = [3, 4];
const STATUS_OK = viewOf(toBinary(CheckResponseSchema, create(CheckResponseSchema, { status: { code: 0 } })));
/** The field `append_action`, which follows the text of a header. */
const OVERWRITE = viewOf(Buffer.of(3 << 3, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD));

const encodedHeaders = (response: MessageInitShape<typeof OkHttpResponseSchema>): Uint8Array =>
  toBinary(OkHttpResponseSchema, create(OkHttpResponseSchema, response));
const encodedMetadata = (fields: JsonObject): Uint8Array => toBinary(StructSchema, fromJson(StructSchema, fields));

/** Names in the dynamic metadata follow the headers: `organization_id` for `x-oauth-organization-id`. */
const metadataKey = (header: string): string => header.replace('x-oauth-', '').replaceAll('-', '_');

/** From the last to the first, as FieldWriter writes. */
const TEXT_FIELDS = IDENTITY_HEADERS.toReversed().map(([name, field]) => ({
  field,
  header: new TextPrefixes((text) => encodedHeaders({ headers: [headerOption(name, text)] }), OVERWRITE.byteLength),
  metadata: new TextPrefixes((text) => encodedMetadata({ [metadataKey(name)]: text }), 0),
}));

/** The encoded scopes of an OkHttpResponse and of the metadata. */
interface ScopeFields {
  readonly headers: DataView;
  readonly metadata: DataView;
}

/**
 * Encodes CheckResponses that allow a request, because a general encoder takes longer than the decision. Constant parts come from
 * the general encoder; only the texts differ.
 */
export class AllowedResponses {
  readonly #headersToRemove: string[];
  readonly #writer = new FieldWriter();
  readonly #scopes = new WeakMap<readonly string[], ScopeFields>();

  constructor(headersToRemove: string[]) {
    this.#headersToRemove = headersToRemove;
  }

  encode(identity: Identity): Uint8Array {
    const writer = this.#writer;
    const scopes = this.#scopesOf(identity.scopes);
    writer.raw(scopes.metadata);
    for (const { field, metadata } of TEXT_FIELDS) {
      const length = writer.text(identity[field]);
      writer.raw(metadata.of(length));
    }
    writer.head(DYNAMIC_METADATA, 0);
    const before = writer.size;
    writer.raw(scopes.headers);
    for (const { field, header } of TEXT_FIELDS) {
      writer.raw(OVERWRITE);
      const length = writer.text(identity[field]);
      writer.raw(header.of(length));
    }
    writer.head(OK_RESPONSE, before);
    writer.raw(STATUS_OK);
    return writer.finish();
  }

  #scopesOf(scopes: readonly string[]): ScopeFields {
    let fields = this.#scopes.get(scopes);
    if (fields === undefined) {
      const texts = scopes.map((scope) => Buffer.from(scope, 'latin1').toString());
      const headers = [headerOption(SCOPES_HEADER, texts.join(' '))];
      fields = {
        headers: viewOf(encodedHeaders({ headers, headersToRemove: this.#headersToRemove })),
        metadata: viewOf(encodedMetadata({ [metadataKey(SCOPES_HEADER)]: texts })),
      };
      this.#scopes.set(scopes, fields);
    }
    return fields;
  }
}
