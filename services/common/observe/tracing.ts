import { type Attributes, ROOT_CONTEXT } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  type ReadableSpan,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Log } from '../process/log.ts';
import { within } from '../process/within.ts';
import { ActiveSpan, type SpanRecorder } from './active-span.ts';
import { enableTracing } from './trace-context.ts';
import { sampledParent, traceIdOf } from './traceparent.ts';

/** Spans of one export, which is begun early when there are as many. A request costs as much as hundreds of spans, and their encoding blocks the event loop. */
const MAX_BATCH = 1_024;
/** Spans that wait for an export; more are dropped. */
const MAX_QUEUE = 8 * MAX_BATCH;
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

/**
 * Sends the spans of a service to an OTLP collector in batches. Spans that cannot be exported are dropped; no request waits for
 * an export.
 */
export class Tracing {
  readonly #processor: BatchSpanProcessor;
  readonly #recorder: SpanRecorder;
  readonly #ids = new RandomIdGenerator();
  readonly #sampler: TraceIdRatioBasedSampler;

  /** Undefined without a configuration: nothing is traced. */
  static of(service: string, config: TracingConfig | undefined, log: Log): Tracing | undefined {
    return config && new Tracing(service, config, log);
  }

  private constructor(service: string, { endpoint, ratio, exportIntervalMs }: TracingConfig, log: Log) {
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
    const processor = new BatchSpanProcessor({
      exporter: loggingFailures(exporter, log),
      maxQueueSize: MAX_QUEUE,
      maxExportBatchSize: MAX_BATCH,
      scheduledDelayMillis: exportIntervalMs,
    });
    this.#processor = processor;
    this.#recorder = {
      resource: resourceFromAttributes({ 'service.name': service }),
      instrumentationScope: { name: service },
      onEnd: (span) => processor.onEnd(span),
    };
    this.#sampler = new TraceIdRatioBasedSampler(ratio);
    enableTracing();
  }

  /** Joins the trace of a call; undefined unless the trace is sampled. A call without a trace does not start one. */
  join(name: string, traceparent: string, attributes: Attributes): ActiveSpan | undefined {
    const parent = sampledParent(traceparent);
    return parent && ActiveSpan.join(parent, this.#recorder, name, attributes);
  }

  /**
   * Joins the trace of a request; undefined unless the trace is sampled. For the configured share of requests without a trace,
   * starts one.
   */
  begin(name: string, traceparent: string | undefined, attributes: Attributes): ActiveSpan | undefined {
    if (traceparent !== undefined && traceIdOf(traceparent) !== undefined)
      return this.join(name, traceparent, attributes);
    const traceId = this.#ids.generateTraceId();
    const { decision } = this.#sampler.shouldSample(ROOT_CONTEXT, traceId);
    if (decision !== SamplingDecision.RECORD_AND_SAMPLED) return undefined;
    return ActiveSpan.start(traceId, this.#recorder, name, attributes);
  }

  /** Exports the remaining spans, for at most FLUSH_MS. */
  async close(): Promise<void> {
    await within(FLUSH_MS, this.#processor.shutdown()).catch(() => {});
  }
}

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
