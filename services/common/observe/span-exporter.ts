import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { type IExportTraceServiceResponse, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { messageOf } from '../errors/error-message.ts';
import type { Log } from '../process/log.ts';
import { ExportBatch } from './export-batch.ts';
import type { EndedSpan } from './span-encoding.ts';

/** Exports in flight. The spans of further exports are dropped. */
const MAX_EXPORTS = 8;

type Exports = ReturnType<typeof createOtlpHttpExportDelegate<ExportBatch, unknown>>;

/** Sends spans to an OTLP/HTTP collector in batches. An export begins early when its batch is full. */
export class SpanExporter {
  readonly #exports: Exports;
  readonly #intervalMs: number;
  readonly #log: Log;
  #batch: ExportBatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  #isRejecting = false;

  /** `intervalMs`: the longest time from the end of a span to its export. */
  constructor(service: string, url: string, intervalMs: number, log: Log) {
    const options = { url, concurrencyLimit: MAX_EXPORTS };
    const headers = { 'Content-Type': 'application/x-protobuf' };
    this.#exports = createOtlpHttpExportDelegate<ExportBatch, unknown>(
      convertLegacyHttpOptions(options, 'TRACES', 'v1/traces', headers),
      {
        serializeRequest: (batch) => batch.encode(service),
        deserializeResponse: (response) => this.#received(ProtobufTraceSerializer.deserializeResponse(response)),
      },
      'otlp_http_span_exporter',
      { name: 'span', countItems: ({ spans }) => spans },
      undefined,
    );
    this.#intervalMs = intervalMs;
    this.#log = log;
  }

  add(span: EndedSpan): void {
    this.#batch ??= this.#newBatch();
    this.#batch.add(span);
    if (this.#batch.isFull) this.#export();
  }

  /** Exports the remaining spans. Resolves when the exports that have begun have ended. */
  async close(): Promise<void> {
    this.#export();
    await this.#exports.shutdown();
  }

  #newBatch(): ExportBatch {
    // Unreferenced: a span that ends after close() must not delay the end of the process.
    this.#timer = setTimeout(() => this.#export(), this.#intervalMs).unref();
    return new ExportBatch();
  }

  /** Spans that cannot be exported are dropped. */
  #export(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    clearTimeout(this.#timer);
    this.#exports.export(batch, ({ error }) => this.#ended(error));
  }

  /** Logs the first of several responses in a row with rejected spans. */
  #received(response: IExportTraceServiceResponse): IExportTraceServiceResponse {
    const { rejectedSpans = 0, errorMessage } = response.partialSuccess ?? {};
    if (rejectedSpans > 0 && !this.#isRejecting)
      this.#log.warn({ rejectedSpans, reason: errorMessage }, 'the collector rejects spans');
    this.#isRejecting = rejectedSpans > 0;
    return response;
  }

  /** Logs the first of several failures in a row. */
  #ended(error: Error | undefined): void {
    if (error !== undefined && !this.#isFailing)
      this.#log.warn({ reason: messageOf(error) }, 'traces cannot be exported; dropping them');
    this.#isFailing = error !== undefined;
  }
}
