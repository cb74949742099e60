import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { fromBinary } from '@bufbuild/protobuf';
import type { KeyValue } from '../../gen/opentelemetry/proto/common/v1/common_pb.ts';
import { type Span, TracesDataSchema } from '../../gen/opentelemetry/proto/trace/v1/trace_pb.ts';
import { listenOnLoopback } from '../../scripts/dependencies/ports.ts';

/** A span as a collector gets it, with ids in hex. */
export interface ReceivedSpan extends Pick<Span, 'name' | 'kind' | 'flags' | 'startTimeUnixNano' | 'endTimeUnixNano'> {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Undefined unless the span failed. */
  readonly error: { readonly code: number; readonly message: string } | undefined;
}

/** An OTLP/HTTP collector that accepts protobuf and stores all spans. `responseBody`: an ExportTraceServiceResponse. */
export async function startOtlpReceiver(responseBody: Uint8Array = Buffer.alloc(0)) {
  const spans: ReceivedSpan[] = [];
  const server = createServer((request, response) => {
    if (request.headers['content-type'] !== 'application/x-protobuf') {
      response.writeHead(415).end();
      return;
    }
    void buffer(request).then((body) => {
      spans.push(...spansIn(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(responseBody);
    });
  });
  const port = await listenOnLoopback(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans: spans as readonly ReceivedSpan[],
    async stop(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The spans of an export. */
export const spansIn = (body: Uint8Array): ReceivedSpan[] =>
  fromBinary(TracesDataSchema, body).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource?.attributes ?? [])['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...received(span), service })));
  });

function received(span: Span): Omit<ReceivedSpan, 'service'> {
  const { name, kind, flags, startTimeUnixNano, endTimeUnixNano, status } = span;
  return {
    name,
    kind,
    flags,
    startTimeUnixNano,
    endTimeUnixNano,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    attributes: valuesOf(span.attributes),
    error: status && { code: status.code, message: status.message },
  };
}

const valuesOf = (attributes: readonly KeyValue[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value?.value.value]));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
