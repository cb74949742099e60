/**
 * The encoding of a span in protobuf (opentelemetry-proto, trace/v1/trace.proto). The encodings of parts of a message, one after
 * the other, are an encoding of the message, so those that do not change are encoded once by the library, and ids and times
 * are written into a copy.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  ScopeSpansSchema,
  SpanFlags,
  Span_SpanKind as SpanKind,
  SpanSchema,
  Status_StatusCode as StatusCode,
} from '#gen/opentelemetry/proto/trace/v1/trace_pb.ts';
import type { Operation } from './operation.ts';
import { type SpanNumber, writeSpanId } from './span-id.ts';

export interface EndedSpan {
  readonly place: Place;
  /** In lower-case hex. */
  readonly traceId: string;
  /** Its id in this process. */
  readonly number: SpanNumber;
  /** The caller's span id in lower-case hex, or a span of this process; undefined for the first span of a trace. */
  readonly parent: string | SpanNumber | undefined;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly operation: Operation;
  /** Undefined unless the span failed: what a caller of the service would get. */
  readonly error: string | undefined;
}

/** The sampled flag (W3C Trace Context, section 3.2.2.5), and whether the parent is in another process. */
const LOCAL_PARENT = 0x1 | SpanFlags.CONTEXT_HAS_IS_REMOTE_MASK;
const REMOTE_PARENT = LOCAL_PARENT | SpanFlags.CONTEXT_IS_REMOTE_MASK;

/** Where a span is in its trace: the encoded fields of fixed length, without ids and times. */
export type Place = Uint8Array;

/** The first span of a trace. */
export const FIRST: Place = fieldsOf(SpanKind.SERVER, LOCAL_PARENT, []);
/** The first span of a service in the trace of its caller. */
export const JOINED: Place = fieldsOf(SpanKind.SERVER, REMOTE_PARENT, [{ parentSpanId: new Uint8Array(8) }]);
/** A call to another service. */
export const CALL: Place = fieldsOf(SpanKind.CLIENT, LOCAL_PARENT, [{ parentSpanId: new Uint8Array(8) }]);

/** Where the values are in a Place. Before it, each has a tag of one byte, and an id also its length. */
const TRACE_ID_AT = 2;
const SPAN_ID_AT = TRACE_ID_AT + 16 + 2;
const START_AT = SPAN_ID_AT + 8 + 1;
const END_AT = START_AT + 8 + 1;
const PARENT_SPAN_ID_AT = FIRST.length + 2;

type SpanFields = MessageInitShape<typeof SpanSchema>;

function fieldsOf(kind: SpanKind, flags: number, parent: SpanFields[]): Place {
  const ids = [{ traceId: new Uint8Array(16) }, { spanId: new Uint8Array(8) }];
  const times = [{ startTimeUnixNano: 1n }, { endTimeUnixNano: 1n }];
  return Buffer.concat([...ids, ...times, { kind, flags }, ...parent].map(encoded));
}

function encoded(fields: SpanFields): Uint8Array {
  return toBinary(SpanSchema, create(SpanSchema, fields));
}

const SPANS_TAG = (ScopeSpansSchema.field.spans.number << 3) | 2;
/** A length below it takes one byte as a varint, a length below its square two. */
const VARINT_BASE = 128;
/** The longest span that `writeSpan` can write. */
const MAX_SPAN_BYTES = VARINT_BASE ** 2 - 1;
/** The most that `writeSpan` writes. */
export const MAX_WRITTEN_BYTES = 1 + 2 + MAX_SPAN_BYTES;

/**
 * Writes a span at `at`, as an element of ScopeSpans.spans; returns where it ends. Writes nothing if the span is longer than
 * MAX_SPAN_BYTES. The target must have room for MAX_WRITTEN_BYTES.
 */
export function writeSpan(span: EndedSpan, target: Uint8Array, view: DataView, at: number): number {
  const { place, operation, error } = span;
  const status = error === undefined ? NO_STATUS : encoded({ status: { code: StatusCode.ERROR, message: error } });
  const length = place.length + operation.fields.length + status.length;
  if (length > MAX_SPAN_BYTES) return at;
  const start = writePrefix(length, view, at);
  target.set(place, start);
  writeHex(span.traceId, view, start + TRACE_ID_AT);
  writeSpanId(span.number, view, start + SPAN_ID_AT);
  writeUnixNanos(span.startMs, view, start + START_AT);
  writeUnixNanos(span.endMs, view, start + END_AT);
  if (typeof span.parent === 'number') writeSpanId(span.parent, view, start + PARENT_SPAN_ID_AT);
  else if (span.parent !== undefined) writeHex(span.parent, view, start + PARENT_SPAN_ID_AT);
  target.set(operation.fields, start + place.length);
  if (status.length > 0) target.set(status, start + place.length + operation.fields.length);
  return start + length;
}

const NO_STATUS = new Uint8Array(0);

function writePrefix(length: number, view: DataView, at: number): number {
  view.setUint8(at, SPANS_TAG);
  if (length < VARINT_BASE) {
    view.setUint8(at + 1, length);
    return at + 2;
  }
  // The lowest seven bits, and the bit that says that another byte follows; setUint8 drops the rest.
  view.setUint8(at + 1, VARINT_BASE | length);
  view.setUint8(at + 2, length >>> 7);
  return at + 3;
}

function writeHex(text: string, view: DataView, at: number): void {
  for (let index = 0; index < text.length; index += 2) {
    view.setUint8(at + (index >> 1), (hexDigit(text, index) << 4) | hexDigit(text, index + 1));
  }
}

/** The value of a lower-case hex digit: `0` has code 48, `a` code 97. */
function hexDigit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 97 ? code - 48 : code - 87;
}

const TWO_32 = 2 ** 32;

/** As 64 bits, little-endian. In whole microseconds: for milliseconds since 1970, a double is hardly more precise. */
function writeUnixNanos(ms: number, view: DataView, at: number): void {
  const micros = Math.floor(ms * 1_000);
  const high = Math.floor(micros / TWO_32);
  const low = (micros - high * TWO_32) * 1_000;
  const carry = Math.floor(low / TWO_32);
  view.setUint32(at, low - carry * TWO_32, true);
  view.setUint32(at + 4, high * 1_000 + carry, true);
}
