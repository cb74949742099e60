import { ROOT_CONTEXT } from '@opentelemetry/api';
import { RandomIdGenerator, SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { Log } from '../process/log.ts';
import { within } from '../process/within.ts';
import { ActiveSpan, type SpanSink } from './active-span.ts';
import { SpanExporter } from './span-exporter.ts';
import { enableTracing } from './trace-context.ts';
import { sampledParent, traceIdOf } from './traceparent.ts';

/** Maximum wait for the last export when the service stops. */
const FLUSH_MS = 2_000;

export interface TracingConfig {
  /** The URL of an OTLP/HTTP collector, without `/v1/traces`. */
  readonly endpoint: string;
  /** The sampled share of the traces that start here, 0 to 1. */
  readonly ratio: number;
  /** The longest time from the end of a span to its export. */
  readonly exportIntervalMs: number;
}

/** Decides which requests are traced, and sends their spans to an OTLP collector; no request waits for an export. */
export class Tracing {
  readonly #exporter: SpanExporter;
  readonly #sink: SpanSink;
  readonly #ids = new RandomIdGenerator();
  readonly #sampler: TraceIdRatioBasedSampler;

  /** Undefined without a configuration: nothing is traced. */
  static of(service: string, config: TracingConfig | undefined, log: Log): Tracing | undefined {
    return config && new Tracing(service, config, log);
  }

  private constructor(service: string, { endpoint, ratio, exportIntervalMs }: TracingConfig, log: Log) {
    const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
    this.#exporter = new SpanExporter(service, url, exportIntervalMs, log);
    this.#sink = (span) => this.#exporter.add(span);
    this.#sampler = new TraceIdRatioBasedSampler(ratio);
    enableTracing();
  }

  /** Joins the trace of a call; undefined unless the trace is sampled. A call without a trace does not start one. */
  join(traceparent: string): ActiveSpan | undefined {
    const parent = sampledParent(traceparent);
    return parent && ActiveSpan.join(parent, this.#sink);
  }

  /**
   * Joins the trace of a request; undefined unless the trace is sampled. For the configured share of requests without a trace,
   * starts one.
   */
  begin(traceparent: string | undefined): ActiveSpan | undefined {
    if (traceparent !== undefined && traceIdOf(traceparent) !== undefined) return this.join(traceparent);
    const traceId = this.#ids.generateTraceId();
    const { decision } = this.#sampler.shouldSample(ROOT_CONTEXT, traceId);
    if (decision !== SamplingDecision.RECORD_AND_SAMPLED) return undefined;
    return ActiveSpan.start(traceId, this.#sink);
  }

  /** Exports the remaining spans, for at most FLUSH_MS. */
  async close(): Promise<void> {
    await within(FLUSH_MS, this.#exporter.close()).catch(() => {});
  }
}
