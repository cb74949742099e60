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

/** What is done in a sampled trace: a span, and what begins below it. */
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

  /** The header of calls that are made in it (W3C Trace Context). */
  get traceparent(): string {
    const { traceId, spanId } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-01`;
  }

  child(name: string, kind: SpanKind, attributes: Attributes): ActiveSpan {
    const below = trace.setSpan(ROOT_CONTEXT, this.#span);
    return new ActiveSpan(this.#tracer, this.#tracer.startSpan(name, { kind, attributes }, below));
  }

  rename(name: string, attributes: Attributes): void {
    this.#span.updateName(name).setAttributes(attributes);
  }

  /** Ends it. Of an error only what its caller was told is kept. */
  end(error?: unknown): void {
    if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: asAppError(error).message });
    this.#span.end();
  }
}

const storage = new AsyncLocalStorage<ActiveSpan | undefined>();
/** Until it is set, nobody pays for a look at the storage. */
let isTracing = false;

/** The span that is active here; undefined where no trace is sampled. */
export const activeSpan = (): ActiveSpan | undefined => (isTracing ? storage.getStore() : undefined);

/** To be called where tracing is configured. */
export function enableTracing(): void {
  isTracing = true;
}

/**
 * Runs work below a span; undefined: in no trace. What serves several requests, and what goes on after one, says so with it:
 * timers and promises would keep the trace in which they were made.
 */
export const runIn = <T>(span: ActiveSpan | undefined, work: () => T): T =>
  span === activeSpan() ? work() : storage.run(span, work);

/** Runs work in a new span below the active one; just runs it where there is none. */
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
