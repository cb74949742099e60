import { type Attributes, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Log } from '../process/log.ts';
import { within } from '../process/within.ts';
import { ActiveSpan, enableTracing } from './trace-context.ts';

const EXPORT_INTERVAL_MS = 1_000;
/** Maximum wait for the last export when the service stops. */
const FLUSH_MS = 2_000;
const SAMPLED = 1;

export interface TracingConfig {
  /** The URL of an OTLP/HTTP collector, without `/v1/traces`. */
  readonly endpoint: string;
  /** The sampled share of the traces that start here, 0 to 1. */
  readonly ratio: number;
}

/**
 * Sends the spans of a service to an OTLP collector in batches. Spans that cannot be exported are dropped; no request waits for
 * an export.
 */
export class Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  /** Undefined without a configuration: nothing is traced. */
  static of(service: string, config: TracingConfig | undefined, log: Log): Tracing | undefined {
    return config && new Tracing(service, config, log);
  }

  private constructor(service: string, { endpoint, ratio }: TracingConfig, log: Log) {
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [
        new BatchSpanProcessor({ exporter: loggingFailures(exporter, log), scheduledDelayMillis: EXPORT_INTERVAL_MS }),
      ],
    });
    this.#tracer = this.#provider.getTracer(service);
    enableTracing();
  }

  /** Joins the trace of a call; undefined unless the trace is sampled. A call without a trace does not start one. */
  join(name: string, traceparent: string, attributes: Attributes): ActiveSpan | undefined {
    const parent = parseTraceParent(traceparent);
    if (parent === null || (parent.traceFlags & SAMPLED) === 0) return undefined;
    return this.#start(name, traceparent, attributes);
  }

  /**
   * Joins the trace of a request; undefined unless the trace is sampled. For the configured share of requests without a trace,
   * starts one.
   */
  begin(name: string, traceparent: string | undefined, attributes: Attributes): ActiveSpan | undefined {
    return this.#start(name, traceparent, attributes);
  }

  /** Exports the remaining spans, for at most FLUSH_MS. */
  async close(): Promise<void> {
    await within(FLUSH_MS, this.#provider.shutdown()).catch(() => {});
  }

  #start(name: string, traceparent: string | undefined, attributes: Attributes): ActiveSpan | undefined {
    const remote = traceparent === undefined ? null : parseTraceParent(traceparent);
    const parent = remote === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true });
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    return span.isRecording() ? new ActiveSpan(this.#tracer, span) : undefined;
  }
}

/** The trace id of a W3C traceparent; undefined for anything else. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent === undefined ? undefined : parseTraceParent(traceparent)?.traceId;

/** Logs the first of several failures in a row. */
function loggingFailures(exporter: SpanExporter, log: Log): SpanExporter {
  let isFailing = false;
  return {
    export: (spans: ReadableSpan[], done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && !isFailing)
          log.warn({ reason: result.error.message }, 'traces cannot be exported; dropping them');
        isFailing = result.error !== undefined;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
