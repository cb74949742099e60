import { create, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { CheckResponseSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { HeaderText } from '../authorization/header-text.ts';
import type { Identity } from '../authorization/identity.ts';
import { IDENTITY_HEADERS, SCOPES_HEADER } from '../authorization/identity-headers.ts';
import { ViewCache } from '../authorization/view-cache.ts';
import { headerOption } from './header-option.ts';
import { copyText, digitCount, writeDigits } from './write-text.ts';

/** Maximum number of cached templates of a few hundred bytes each. Most tokens share a few. */
const MAX_TEMPLATES = 5_000;
/** The longest text of a cached template, in bytes. Longer texts are rare. */
const MAX_LENGTH = 127;

/** An encoded response with filler in place of the texts, each of which occurs twice: as a header and as metadata. */
interface Template {
  /** Not allocated in Node's pool, because a cached template would keep a slab of the pool in memory. */
  readonly bytes: Uint8Array;
  /** The offsets of the texts in the headers. */
  readonly headers: readonly number[];
  /** Their offsets in the metadata. */
  readonly metadata: readonly number[];
}

/**
 * Encodes the CheckResponse that allows a request. Encodes one template for each list of scopes and combination of text lengths,
 * then only replaces the texts in copies of it, because a general encoder takes longer than the decision.
 */
export class AllowedResponses {
  readonly #headersToRemove: string[];
  readonly #views = new ViewCache();
  #templates = new WeakMap<readonly string[], Map<number, Template>>();
  #templateCount = 0;

  constructor(headersToRemove: string[]) {
    this.#headersToRemove = headersToRemove;
  }

  encode(identity: Identity): Uint8Array {
    const texts = textsOf(identity);
    const { bytes, headers, metadata } = this.#template(texts, identity.scopes);
    const response = Buffer.allocUnsafe(bytes.length);
    response.set(bytes);
    const view = this.#views.of(response);
    const start = response.byteOffset;
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index] as HeaderText | number;
      const at = start + (headers[index] as number);
      const end = at + lengthOf(text);
      if (typeof text === 'number') writeDigits(text, view, end);
      else copyText(text.view, text.start, text.end, view, at);
      copyText(view, at, end, view, start + (metadata[index] as number));
    }
    return response;
  }

  #template(texts: readonly (HeaderText | number)[], scopes: readonly string[]): Template {
    let key = 0;
    for (const text of texts) {
      const length = lengthOf(text);
      if (length > MAX_LENGTH) return this.#newTemplate(texts, scopes);
      key = key * (MAX_LENGTH + 1) + length;
    }
    const cached = this.#templates.get(scopes)?.get(key);
    if (cached !== undefined) return cached;
    const template = this.#newTemplate(texts, scopes);
    this.#cache(template, scopes, key);
    return template;
  }

  #cache(template: Template, scopes: readonly string[], key: number): void {
    if (++this.#templateCount > MAX_TEMPLATES) {
      this.#templates = new WeakMap();
      this.#templateCount = 1;
    }
    const templates = this.#templates.get(scopes) ?? new Map<number, Template>();
    this.#templates.set(scopes, templates.set(key, template));
  }

  #newTemplate(texts: readonly (HeaderText | number)[], scopes: readonly string[]): Template {
    const lengths = texts.map(lengthOf);
    const decoded = scopes.map((scope) => Buffer.from(scope, 'latin1').toString());
    const encodeWith = (filler: string) =>
      encoded(
        lengths.map((length) => filler.repeat(length)),
        decoded,
        this.#headersToRemove,
      );
    const bytes = encodeWith('x');
    const offsets = changedRuns(bytes, encodeWith('y'), [...lengths, ...lengths]);
    return { bytes, headers: offsets.slice(0, lengths.length), metadata: offsets.slice(lengths.length) };
  }
}

/** In the order of IDENTITY_HEADERS. */
const textsOf = (identity: Identity): (HeaderText | number)[] => [
  identity.organizationId,
  identity.organization,
  identity.clientId,
  identity.installId,
  identity.actor,
  identity.userId,
];

const lengthOf = (text: HeaderText | number): number =>
  typeof text === 'number' ? digitCount(text) : text.end - text.start;

/** The name in the dynamic metadata: `organization_id` for `x-oauth-organization-id`. */
const metadataKey = (header: string): string => header.replace('x-oauth-', '').replaceAll('-', '_');

function encoded(texts: readonly string[], scopes: string[], headersToRemove: string[]): Uint8Array {
  const pairs = IDENTITY_HEADERS.map(([name], index) => [name, texts[index] as string] as const);
  const headers = [...pairs, [SCOPES_HEADER, scopes.join(' ')] as const].map(([name, text]) =>
    headerOption(name, text),
  );
  const metadata: JsonObject = Object.fromEntries(pairs.map(([name, text]) => [metadataKey(name), text]));
  const response = create(CheckResponseSchema, {
    status: { code: 0 },
    httpResponse: { case: 'okResponse', value: { headers, headersToRemove } },
    dynamicMetadata: { ...metadata, [metadataKey(SCOPES_HEADER)]: scopes },
  });
  return toBinary(CheckResponseSchema, response);
}

/** The offsets of the runs in which two encodings differ. `lengths`: the lengths of the runs, in order. */
function changedRuns(bytes: Uint8Array, others: Uint8Array, lengths: readonly number[]): number[] {
  let at = 0;
  return lengths.map((length) => {
    while (at < bytes.length && bytes[at] === others[at]) at++;
    const start = at;
    at += length;
    return start;
  });
}
