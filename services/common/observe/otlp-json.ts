import { type SpanKind, SpanStatusCode } from '@opentelemetry/api';

/** Attributes whose value is undefined are left out. Numbers are integers. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

export interface EndedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** The parent is in another process. */
  readonly isParentRemote: boolean;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: SpanAttributes;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly error: string | undefined;
}

/** SpanFlags: the sampled flag of W3C, and the two bits that say whether the parent is in another process. */
const LOCAL_PARENT = 0x101;
const REMOTE_PARENT = 0x301;

/**
 * A sampled span in OTLP's JSON encoding (opentelemetry-proto, trace/v1/trace.proto): ids in hex, times as strings.
 * Encoded when the span ends: objects that wait for the export of their batch are expensive to garbage-collect (docs/adr/0027).
 */
export function spanJson(span: EndedSpan): string {
  const parent = span.parentSpanId === undefined ? '' : `"parentSpanId":"${span.parentSpanId}",`;
  const flags = span.isParentRemote ? REMOTE_PARENT : LOCAL_PARENT;
  const status =
    span.error === undefined ? '' : `,"status":${JSON.stringify({ code: SpanStatusCode.ERROR, message: span.error })}`;
  // The protocol numbers the kinds from 1.
  return `{"traceId":"${span.traceId}","spanId":"${span.spanId}",${parent}"flags":${flags},"name":${JSON.stringify(span.name)},"kind":${span.kind + 1},"startTimeUnixNano":"${unixNanos(span.startMs)}","endTimeUnixNano":"${unixNanos(span.endMs)}","attributes":${attributesJson(span.attributes)}${status}}`;
}

/** In whole microseconds: for milliseconds since 1970, a double is hardly more precise. */
const unixNanos = (ms: number): string => `${Math.round(ms * 1e3)}000`;

const encoded = new WeakMap<SpanAttributes, string>();

/** Most spans have the attributes of their method, the same object each time. */
function attributesJson(attributes: SpanAttributes): string {
  const known = encoded.get(attributes);
  if (known !== undefined) return known;
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: value } : { stringValue: value } }));
  const json = JSON.stringify(list);
  encoded.set(attributes, json);
  return json;
}

/** The parts of a service's ExportTraceServiceRequest before and after the spans, which are separated by commas. */
export const requestJson = (service: string): readonly [head: string, tail: string] => {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const head = `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${JSON.stringify({ name: service })},"spans":[`;
  return [head, ']}]}]}'];
};
