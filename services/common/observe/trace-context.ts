import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { asAppError } from '../errors/wire.ts';

/** A span of a sampled trace. */
export class ActiveSpan {
  readonly #tracer: Tracer;
  readonly #span: Span;

  constructor(tracer: Tracer, span: Span) {
    this.#tracer = tracer;
    this.#span = span;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  /** The header for calls within this span (W3C Trace Context). */
  get traceparent(): string {
    const { traceId, spanId } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-01`;
  }

  child(name: string, kind: SpanKind, attributes: Attributes): ActiveSpan {
    const context = trace.setSpan(ROOT_CONTEXT, this.#span);
    return new ActiveSpan(this.#tracer, this.#tracer.startSpan(name, { kind, attributes }, context));
  }

  rename(name: string, attributes: Attributes): void {
    this.#span.updateName(name).setAttributes(attributes);
  }

  /** Ends the span. Of an error, it records only the message that the caller gets. */
  end(error?: unknown): void {
    if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: asAppError(error).message });
    this.#span.end();
  }
}

const storage = new AsyncLocalStorage<ActiveSpan | undefined>();
/** Avoids the cost of reading the storage while tracing is off. */
let isTracing = false;

/** The active span; undefined outside sampled traces. */
export const activeSpan = (): ActiveSpan | undefined => (isTracing ? storage.getStore() : undefined);

/** Call it if tracing is configured. */
export function enableTracing(): void {
  isTracing = true;
}

/**
 * Runs work with `span` active; undefined: outside any trace. Needed for work that serves several requests or continues after
 * one, because timers and promises inherit the trace in which they were created.
 */
export const runIn = <T>(span: ActiveSpan | undefined, work: () => T): T =>
  span === activeSpan() ? work() : storage.run(span, work);

/** Runs work in a child of the active span; without a span if none is active. */
export async function inSpan<T>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: (span?: ActiveSpan) => Promise<T>,
): Promise<T> {
  const parent = activeSpan();
  if (parent === undefined) return work();
  const span = parent.child(name, kind, attributes);
  try {
    const result = await storage.run(span, work, span);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
