import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { messageOf } from '../errors/error-message.ts';
import type { Log } from '../process/log.ts';
import { requestJson } from './otlp-json.ts';

/** An export begins early when its batch is full: about 1,000 spans. An export costs as much as hundreds of spans. */
const MAX_BATCH_BYTES = 512 * 1_024;
/** A longer span is dropped. */
const MAX_SPAN_LENGTH = 16_384;
/** Of a UTF-16 code unit, the unit of a string's length. */
const MAX_UTF8_BYTES = 3;
/** Exports in flight. The spans of further exports are dropped. */
const MAX_EXPORTS = 8;

interface Batch {
  readonly buffer: Buffer;
  bytes: number;
  spans: number;
  readonly timer: NodeJS.Timeout;
}

type Exports = ReturnType<typeof createOtlpHttpExportDelegate<Batch, unknown>>;

/**
 * Sends spans to an OTLP/HTTP collector in batches. Spans that cannot be exported are dropped. A batch is encoded as its spans
 * end, in one buffer.
 */
export class SpanExporter {
  readonly #exports: Exports;
  readonly #intervalMs: number;
  readonly #log: Log;
  readonly #head: string;
  readonly #tail: string;
  #batch: Batch | undefined;
  #isFailing = false;

  /** `intervalMs`: the longest time from the end of a span to its export. */
  constructor(service: string, url: string, intervalMs: number, log: Log) {
    const options = { url, concurrencyLimit: MAX_EXPORTS };
    const headers = { 'Content-Type': 'application/json' };
    this.#exports = createOtlpHttpExportDelegate<Batch, unknown>(
      convertLegacyHttpOptions(options, 'TRACES', 'v1/traces', headers),
      {
        serializeRequest: ({ buffer, bytes }) => buffer.subarray(0, bytes),
        deserializeResponse: (response) => JsonTraceSerializer.deserializeResponse(response),
      },
      'otlp_http_json_span_exporter',
      { name: 'span', countItems: ({ spans }) => spans },
      undefined,
    );
    this.#intervalMs = intervalMs;
    this.#log = log;
    [this.#head, this.#tail] = requestJson(service);
  }

  add(span: string): void {
    if (span.length > MAX_SPAN_LENGTH) return;
    if (this.#batch !== undefined && !this.#hasRoom(this.#batch, span)) this.#export();
    this.#batch ??= this.#newBatch();
    const batch = this.#batch;
    if (batch.spans++ > 0) batch.bytes += batch.buffer.write(',', batch.bytes);
    batch.bytes += batch.buffer.write(span, batch.bytes);
  }

  /** Exports the remaining spans. Resolves when no export is in flight. */
  async close(): Promise<void> {
    this.#export();
    await this.#exports.shutdown();
  }

  #newBatch(): Batch {
    const buffer = Buffer.allocUnsafe(MAX_BATCH_BYTES);
    // Unreferenced: a span that ends after close() must not delay the end of the process.
    const timer = setTimeout(() => this.#export(), this.#intervalMs).unref();
    return { buffer, bytes: buffer.write(this.#head), spans: 0, timer };
  }

  #hasRoom({ buffer, bytes }: Batch, span: string): boolean {
    return bytes + 1 + span.length * MAX_UTF8_BYTES + this.#tail.length <= buffer.length;
  }

  #export(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    clearTimeout(batch.timer);
    batch.bytes += batch.buffer.write(this.#tail, batch.bytes);
    this.#exports.export(batch, ({ error }) => this.#ended(error));
  }

  /** Logs the first of several failures in a row. */
  #ended(error: Error | undefined): void {
    if (error !== undefined && !this.#isFailing)
      this.#log.warn({ reason: messageOf(error) }, 'traces cannot be exported; dropping them');
    this.#isFailing = error !== undefined;
  }
}
