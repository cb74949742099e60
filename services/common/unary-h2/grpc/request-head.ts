import type { UnaryMethod } from '../call.ts';
import { FieldKind } from '../header-field.ts';
import type { FieldSink } from '../hpack/decoder.ts';
import * as responses from './responses.ts';
import { StatusCode } from './status.ts';
import { parseTimeout } from './timeout.ts';

/** Methods by `:path`, `/package.Service/Method`. */
export type Methods = ReadonlyMap<string, UnaryMethod>;

/**
 * A request's header section: what the server needs of it, and what is to be done with it. It does not change once it is
 * decided, so that requests with the same field block can share one.
 */
export class RequestHead implements FieldSink {
  /** Set unless the request is malformed or refused. */
  method: UnaryMethod | undefined;
  /** The field block of an answer that needs no handler. */
  refusal: Buffer | undefined;
  /** A stream error of type PROTOCOL_ERROR (RFC 9113 section 8.1.1). */
  malformed = false;
  authorization: string | undefined;
  /** Infinity without `grpc-timeout`. */
  timeoutMs = Number.POSITIVE_INFINITY;
  contentLength: number | undefined;
  /** `grpc-encoding: gzip`: the message may be compressed. */
  isGzip = false;

  #values: (string | undefined)[] = NO_VALUES.slice();
  #seesRegularFields = false;

  field(kind: FieldKind, _name: string, value: string, wellFormed: boolean): void {
    if (!wellFormed || kind === FieldKind.CONNECTION_SPECIFIC || kind === FieldKind.UNKNOWN_PSEUDO) {
      this.malformed = true;
      return;
    }
    if (kind > FieldKind.PATH) this.#seesRegularFields = true;
    // Pseudo-header fields come first (RFC 9113 section 8.3).
    else if (this.#seesRegularFields) this.malformed = true;
    if (kind === FieldKind.OTHER) return;
    // None of these may be given twice: not pseudo-header fields (section 8.3), and the others have one value.
    if (this.#values[kind] !== undefined) this.malformed = true;
    this.#values[kind] = value;
  }

  tooLarge(): void {
    this.refusal = responses.HEADER_LIST_TOO_LARGE;
  }

  /** To be called once after the last field. */
  decide(methods: Methods): void {
    const values = this.#values;
    this.#values = NO_VALUES;
    // Of a list that was too large only the beginning is known.
    if (this.refusal !== undefined) return;
    this.malformed ||= !isWellFormed(values);
    if (this.malformed) return;
    this.authorization = values[FieldKind.AUTHORIZATION];
    const length = values[FieldKind.CONTENT_LENGTH];
    if (length !== undefined) this.contentLength = Number(length);
    this.refusal = refusalOf(values) ?? this.#readTimeout(values[FieldKind.GRPC_TIMEOUT]);
    if (this.refusal !== undefined) return;
    this.isGzip = values[FieldKind.GRPC_ENCODING] === 'gzip';
    this.method = methods.get(values[FieldKind.PATH] as string);
    if (this.method === undefined) this.refusal = UNKNOWN_METHOD;
  }

  #readTimeout(value: string | undefined): Buffer | undefined {
    if (value === undefined) return undefined;
    const timeoutMs = parseTimeout(value);
    if (timeoutMs === undefined) return BAD_TIMEOUT;
    this.timeoutMs = timeoutMs;
    return undefined;
  }
}

const NO_VALUES = new Array<string | undefined>(FieldKind.OTHER).fill(undefined);

/** RFC 9113 section 8.3.1 (what must be there; Host must not differ from :authority) and 8.2.2 (TE). */
function isWellFormed(values: readonly (string | undefined)[]): boolean {
  const authority = values[FieldKind.AUTHORITY];
  const host = values[FieldKind.HOST];
  const te = values[FieldKind.TE];
  return (
    values[FieldKind.METHOD] !== undefined &&
    values[FieldKind.SCHEME] !== undefined &&
    (values[FieldKind.PATH] ?? '') !== '' &&
    (te === undefined || te === 'trailers') &&
    (host === undefined || authority === undefined || host === authority) &&
    /^\d{1,15}$/.test(values[FieldKind.CONTENT_LENGTH] ?? '0')
  );
}

/** What is wrong with a request before its path is looked at (PROTOCOL-HTTP2.md, "Requests"). */
function refusalOf(values: readonly (string | undefined)[]): Buffer | undefined {
  if (values[FieldKind.METHOD] !== 'POST') return responses.METHOD_NOT_ALLOWED;
  if (!isGrpc(values[FieldKind.CONTENT_TYPE] ?? '')) return responses.UNSUPPORTED_MEDIA_TYPE;
  const encoding = values[FieldKind.GRPC_ENCODING] ?? 'identity';
  return encoding === 'identity' || encoding === 'gzip' ? undefined : responses.UNSUPPORTED_ENCODING;
}

/** `application/grpc`, alone, with `+proto`, or with parameters. Not `+json` and not `application/grpc-web`. */
const isGrpc = (contentType: string): boolean => /^application\/grpc(\+proto)?\s*(;|$)/i.test(contentType);

const UNKNOWN_METHOD = responses.trailersOnly({ code: StatusCode.UNIMPLEMENTED, message: 'unknown method' });
const BAD_TIMEOUT = responses.trailersOnly({ code: StatusCode.INTERNAL, message: 'grpc-timeout is malformed' });
