import type { UnaryMethod } from '../call.ts';
import { FieldKind } from '../header-field.ts';
import type { FieldHandler } from '../hpack/decoder.ts';
import * as responses from './responses.ts';
import { StatusCode } from './status.ts';
import { parseTimeout } from './timeout.ts';

/** Methods by `:path`, `/package.Service/Method`. */
export type Methods = ReadonlyMap<string, UnaryMethod>;

/** The header section of a request. Immutable after `resolve`, so that requests with the same field block share one. */
export class RequestHead implements FieldHandler {
  /** Set unless the request is malformed or rejected. */
  method: UnaryMethod | undefined;
  /** The field block of a response that rejects the request. */
  rejection: Buffer | undefined;
  /** A stream error of type PROTOCOL_ERROR (RFC 9113 section 8.1.1). */
  malformed = false;
  authorization: string | undefined;
  /** The first one, not checked. */
  traceparent: string | undefined;
  /** Infinity without `grpc-timeout`. */
  timeoutMs = Number.POSITIVE_INFINITY;
  contentLength: number | undefined;
  /** `grpc-encoding: gzip`: the message may be compressed. */
  isGzip = false;

  #values: (string | undefined)[] = NO_VALUES.slice();
  #hasRegularFields = false;

  onField(kind: FieldKind, _name: string, value: string, wellFormed: boolean): void {
    if (!wellFormed || kind === FieldKind.CONNECTION_SPECIFIC || kind === FieldKind.UNKNOWN_PSEUDO) {
      this.malformed = true;
      return;
    }
    if (kind > FieldKind.PATH) this.#hasRegularFields = true;
    // Pseudo-header fields must come first (RFC 9113 section 8.3).
    else if (this.#hasRegularFields) this.malformed = true;
    if (kind === FieldKind.OTHER) return;
    const previous = this.#values[kind];
    if (previous === undefined) this.#values[kind] = value;
    // Joined, so that the result is not a valid credential: a proxy may have checked only one of them.
    else if (kind === FieldKind.AUTHORIZATION) this.#values[kind] = `${previous}, ${value}`;
    // Duplicates are malformed: of pseudo-header fields (section 8.3), and of the others, which have a single value.
    else if (kind !== FieldKind.TRACEPARENT) this.malformed = true;
  }

  onTooLarge(): void {
    this.rejection = responses.HEADER_LIST_TOO_LARGE;
  }

  /** Validates the fields and finds the method. Call once, after the last field. */
  resolve(methods: Methods): void {
    const values = this.#values;
    this.#values = NO_VALUES;
    // A list that is too large was not read to its end.
    if (this.rejection !== undefined) return;
    this.malformed ||= !isWellFormed(values);
    if (this.malformed) return;
    this.authorization = values[FieldKind.AUTHORIZATION];
    this.traceparent = values[FieldKind.TRACEPARENT];
    const length = values[FieldKind.CONTENT_LENGTH];
    if (length !== undefined) this.contentLength = Number(length);
    this.rejection = rejectionFor(values) ?? this.#readTimeout(values[FieldKind.GRPC_TIMEOUT]);
    if (this.rejection !== undefined) return;
    this.isGzip = values[FieldKind.GRPC_ENCODING] === 'gzip';
    this.method = methods.get(values[FieldKind.PATH] as string);
    if (this.method === undefined) this.rejection = UNKNOWN_METHOD;
  }

  #readTimeout(value: string | undefined): Buffer | undefined {
    if (value === undefined) return undefined;
    const timeoutMs = parseTimeout(value);
    if (timeoutMs === undefined) return INVALID_TIMEOUT;
    this.timeoutMs = timeoutMs;
    return undefined;
  }
}

const NO_VALUES = new Array<string | undefined>(FieldKind.OTHER).fill(undefined);

/** RFC 9113 sections 8.3.1 (required fields; Host must equal :authority), 8.2.2 (TE) and 8.1.1 (Content-Length). */
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

/** Checks method, content type and encoding (PROTOCOL-HTTP2.md, "Requests"). */
function rejectionFor(values: readonly (string | undefined)[]): Buffer | undefined {
  if (values[FieldKind.METHOD] !== 'POST') return responses.METHOD_NOT_ALLOWED;
  if (!isGrpc(values[FieldKind.CONTENT_TYPE] ?? '')) return responses.UNSUPPORTED_MEDIA_TYPE;
  const encoding = values[FieldKind.GRPC_ENCODING] ?? 'identity';
  return encoding === 'identity' || encoding === 'gzip' ? undefined : responses.UNSUPPORTED_ENCODING;
}

/** `application/grpc` or `application/grpc+proto`, with or without parameters. */
const isGrpc = (contentType: string): boolean => /^application\/grpc(\+proto)?\s*(;|$)/i.test(contentType);

const UNKNOWN_METHOD = responses.trailersOnly({ code: StatusCode.UNIMPLEMENTED, message: 'unknown method' });
const INVALID_TIMEOUT = responses.trailersOnly({ code: StatusCode.INTERNAL, message: 'grpc-timeout is malformed' });
