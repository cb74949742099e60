import { asAppError } from '../errors/wire.ts';
import type { Operation } from './operation.ts';
import { CALL, type EndedSpan, FIRST, JOINED, type Place } from './span-encoding.ts';
import { newSpanNumber, type SpanNumber, spanIdText } from './span-id.ts';
import type { CallerSpan } from './traceparent.ts';

/** Takes spans when they end. */
export type SpanSink = (span: EndedSpan) => void;

const MAX_MESSAGE_LENGTH = 1_024;

/** A span of a sampled trace, in place of one of the SDK, which costs several times as much. */
export class ActiveSpan {
  readonly traceId: string;
  readonly #number = newSpanNumber();
  readonly #parent: SpanNumber | string | undefined;
  readonly #place: Place;
  /** Milliseconds since 1970. */
  readonly #startMs: number;
  /** The same moment on the monotonic clock. */
  readonly #startedAt = performance.now();
  readonly #sink: SpanSink;

  private constructor(sink: SpanSink, place: Place, traceId: string, parent?: ActiveSpan | string) {
    this.#sink = sink;
    this.#place = place;
    this.traceId = traceId;
    if (parent instanceof ActiveSpan) {
      this.#parent = parent.#number;
      // On the parent's clock, so that a difference between clocks cannot make a span begin before its parent or end after it.
      this.#startMs = parent.#startMs + (this.#startedAt - parent.#startedAt);
    } else {
      this.#parent = parent;
      this.#startMs = Date.now();
    }
  }

  /** The first span of a trace. */
  static start(traceId: string, sink: SpanSink): ActiveSpan {
    return new ActiveSpan(sink, FIRST, traceId);
  }

  /** The first span of a service in the trace of its caller. */
  static join({ traceId, spanId }: CallerSpan, sink: SpanSink): ActiveSpan {
    return new ActiveSpan(sink, JOINED, traceId, spanId);
  }

  /** The span of a call to another service. */
  child(): ActiveSpan {
    return new ActiveSpan(this.#sink, CALL, this.traceId, this);
  }

  /** The header for calls within this span (W3C Trace Context). */
  get traceparent(): string {
    return `00-${this.traceId}-${spanIdText(this.#number)}-01`;
  }

  /** Must be called only once. Of an error, it records only the message that a caller of the service would get. */
  end(operation: Operation, error?: unknown): void {
    this.#sink({
      place: this.#place,
      traceId: this.traceId,
      number: this.#number,
      parent: this.#parent,
      startMs: this.#startMs,
      endMs: this.#startMs + (performance.now() - this.#startedAt),
      operation,
      error: error === undefined ? undefined : asAppError(error).message.slice(0, MAX_MESSAGE_LENGTH),
    });
  }
}
