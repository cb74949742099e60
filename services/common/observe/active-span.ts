import { type SpanContext, SpanKind } from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';
import { asAppError } from '../errors/wire.ts';
import { type SpanAttributes, spanJson } from './otlp-json.ts';

/** Takes a span that has ended, as OTLP's JSON. */
export type SpanSink = (span: string) => void;

const MAX_MESSAGE_LENGTH = 1_024;
const ids = new RandomIdGenerator();

/** A span of a sampled trace, in place of one of the SDK, which costs several times as much. */
export class ActiveSpan {
  readonly traceId: string;
  readonly #spanId = ids.generateSpanId();
  readonly #parentSpanId: string | undefined;
  readonly #isParentRemote: boolean;
  #name: string;
  readonly #kind: SpanKind;
  #attributes: SpanAttributes;
  /** Milliseconds since 1970. */
  readonly #startMs: number;
  /** The same moment on the monotonic clock. */
  readonly #startedAt = performance.now();
  readonly #sink: SpanSink;

  private constructor(
    sink: SpanSink,
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes,
    traceId: string,
    parent: ActiveSpan | SpanContext | undefined,
  ) {
    this.#sink = sink;
    this.#name = name;
    this.#kind = kind;
    this.#attributes = attributes;
    this.traceId = traceId;
    if (parent instanceof ActiveSpan) {
      this.#parentSpanId = parent.#spanId;
      this.#isParentRemote = false;
      // On the parent's clock, so that a difference between clocks cannot make a span begin before its parent or end after it.
      this.#startMs = parent.#startMs + (this.#startedAt - parent.#startedAt);
    } else {
      this.#parentSpanId = parent?.spanId;
      this.#isParentRemote = parent !== undefined;
      this.#startMs = Date.now();
    }
  }

  /** The first span of a trace. */
  static start(traceId: string, sink: SpanSink, name: string, attributes: SpanAttributes): ActiveSpan {
    return new ActiveSpan(sink, name, SpanKind.SERVER, attributes, traceId, undefined);
  }

  /** The first span of a service in the trace of its caller. */
  static join(parent: SpanContext, sink: SpanSink, name: string, attributes: SpanAttributes): ActiveSpan {
    return new ActiveSpan(sink, name, SpanKind.SERVER, attributes, parent.traceId, parent);
  }

  child(name: string, kind: SpanKind, attributes: SpanAttributes): ActiveSpan {
    return new ActiveSpan(this.#sink, name, kind, attributes, this.traceId, this);
  }

  /** The header for calls within this span (W3C Trace Context). */
  get traceparent(): string {
    return `00-${this.traceId}-${this.#spanId}-01`;
  }

  rename(name: string, attributes: SpanAttributes): void {
    this.#name = name;
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  /** Must be called only once. Of an error, it records only the message that a caller of the service would get. */
  end(error?: unknown): void {
    this.#sink(
      spanJson({
        traceId: this.traceId,
        spanId: this.#spanId,
        parentSpanId: this.#parentSpanId,
        isParentRemote: this.#isParentRemote,
        name: this.#name,
        kind: this.#kind,
        attributes: this.#attributes,
        startMs: this.#startMs,
        endMs: this.#startMs + (performance.now() - this.#startedAt),
        error: error === undefined ? undefined : asAppError(error).message.slice(0, MAX_MESSAGE_LENGTH),
      }),
    );
  }
}
