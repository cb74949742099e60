import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { type InstrumentationScope, millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import { RandomIdGenerator, type ReadableSpan, type TimedEvent } from '@opentelemetry/sdk-trace';
import { asAppError } from '../errors/wire.ts';

/** Takes the spans of a service when they have ended. */
export interface SpanRecorder {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  onEnd(span: ReadableSpan): void;
}

const ids = new RandomIdGenerator();
const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };
const NO_LINKS: Link[] = [];
const NO_EVENTS: TimedEvent[] = [];

/** A span of a sampled trace, in place of one of the SDK, which costs several times as much. The exporter reads it without conversion. */
export class ActiveSpan implements ReadableSpan {
  name: string;
  readonly kind: SpanKind;
  attributes: Attributes;
  status = UNSET;
  readonly parentSpanContext?: SpanContext;
  readonly links = NO_LINKS;
  readonly events = NO_EVENTS;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly #recorder: SpanRecorder;
  readonly #context: SpanContext;
  /** Milliseconds since 1970. */
  readonly #startMs: number;
  /** The same moment on the monotonic clock. */
  readonly #startedAt: number;
  #durationMs: number | undefined;

  private constructor(
    recorder: SpanRecorder,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    traceId: string,
    parent: ActiveSpan | SpanContext | undefined,
  ) {
    this.#recorder = recorder;
    this.name = name;
    this.kind = kind;
    this.attributes = attributes;
    this.#context = { traceId, spanId: ids.generateSpanId(), traceFlags: TraceFlags.SAMPLED };
    this.#startedAt = performance.now();
    if (parent instanceof ActiveSpan) {
      this.parentSpanContext = parent.#context;
      // On the parent's clock, so that a difference between clocks cannot make a span begin before its parent or end after it.
      this.#startMs = parent.#startMs + (this.#startedAt - parent.#startedAt);
    } else {
      if (parent !== undefined) this.parentSpanContext = parent;
      this.#startMs = Date.now();
    }
  }

  /** The first span of a trace. */
  static start(traceId: string, recorder: SpanRecorder, name: string, attributes: Attributes): ActiveSpan {
    return new ActiveSpan(recorder, name, SpanKind.SERVER, attributes, traceId, undefined);
  }

  /** The first span of a service in the trace of its caller. */
  static join(parent: SpanContext, recorder: SpanRecorder, name: string, attributes: Attributes): ActiveSpan {
    return new ActiveSpan(recorder, name, SpanKind.SERVER, attributes, parent.traceId, parent);
  }

  child(name: string, kind: SpanKind, attributes: Attributes): ActiveSpan {
    return new ActiveSpan(this.#recorder, name, kind, attributes, this.traceId, this);
  }

  get traceId(): string {
    return this.#context.traceId;
  }

  /** The header for calls within this span (W3C Trace Context). */
  get traceparent(): string {
    return `00-${this.#context.traceId}-${this.#context.spanId}-01`;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  rename(name: string, attributes: Attributes): void {
    this.name = name;
    this.attributes = { ...this.attributes, ...attributes };
  }

  /** Must be called only once. Of an error, it records only the message that the caller of the service gets. */
  end(error?: unknown): void {
    if (error !== undefined) this.status = { code: SpanStatusCode.ERROR, message: asAppError(error).message };
    this.#durationMs = performance.now() - this.#startedAt;
    this.#recorder.onEnd(this);
  }

  get ended(): boolean {
    return this.#durationMs !== undefined;
  }

  get startTime(): HrTime {
    return millisToHrTime(this.#startMs);
  }

  get endTime(): HrTime {
    return millisToHrTime(this.#startMs + (this.#durationMs ?? 0));
  }

  get duration(): HrTime {
    return millisToHrTime(this.#durationMs ?? 0);
  }

  get resource(): Resource {
    return this.#recorder.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.#recorder.instrumentationScope;
  }
}
