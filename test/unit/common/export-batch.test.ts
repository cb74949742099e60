import { fromBinary } from '@bufbuild/protobuf';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { expect, test } from 'vitest';
import { TracesDataSchema } from '../../../gen/opentelemetry/proto/trace/v1/trace_pb.ts';
import { ExportBatch } from '../../../services/common/observe/export-batch.ts';
import { Operation } from '../../../services/common/observe/operation.ts';
import { CALL, type EndedSpan, FIRST, JOINED, type Place } from '../../../services/common/observe/span-encoding.ts';
import { spanIdText } from '../../../services/common/observe/span-id.ts';
import { type ReceivedSpan, spansIn } from '../../support/otlp-receiver.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const OPERATION = new Operation('redis MGET', { 'db.system.name': 'redis', 'db.response.returned_rows': 3 });
/** Whole microseconds, which both encoders keep. */
const [START_MS, END_MS] = [1_766_000_000_123.5, 1_766_000_001_000.25];

const ended = (place: Place, parent: EndedSpan['parent'], more: Partial<EndedSpan> = {}): EndedSpan => ({
  ...{ place, traceId: TRACE_ID, number: -2, parent, startMs: START_MS, endMs: END_MS, operation: OPERATION },
  ...{ error: undefined, ...more },
});

const spansOf = (...spans: EndedSpan[]): ReceivedSpan[] => {
  const batch = new ExportBatch();
  for (const span of spans) batch.add(span);
  expect(batch.spans).toBe(spans.length);
  return spansIn(batch.encode('test'));
};

/** The same span, encoded by OpenTelemetry. */
function encodedByTheSdk(kind: SpanKind, parentSpanId: string | undefined, isRemote: boolean, error?: string) {
  const context = (spanId: string) => ({ traceId: TRACE_ID, spanId, traceFlags: 1, isRemote });
  const time = (ms: number): [number, number] => [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
  const bytes = ProtobufTraceSerializer.serializeRequest([
    {
      ...{ name: 'redis MGET', kind, startTime: time(START_MS), endTime: time(END_MS), duration: [0, 0], ended: true },
      spanContext: () => context(spanIdText(-2)),
      ...(parentSpanId !== undefined && { parentSpanContext: context(parentSpanId) }),
      attributes: { 'db.system.name': 'redis', 'db.response.returned_rows': 3 },
      status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
      ...{ links: [], events: [], droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
      resource: {
        attributes: { 'service.name': 'test' },
        merge: () => expect.unreachable(),
        getRawAttributes: () => [],
      },
      instrumentationScope: { name: 'test' },
    },
  ]);
  return spansIn(bytes as Uint8Array);
}

test.each([
  ['the first span of a trace', ended(FIRST, undefined), encodedByTheSdk(SpanKind.SERVER, undefined, false)],
  ['the first span of a service', ended(JOINED, CALLER), encodedByTheSdk(SpanKind.SERVER, CALLER, true)],
  ['a call', ended(CALL, 7), encodedByTheSdk(SpanKind.CLIENT, spanIdText(7), false)],
  [
    'a failed call',
    ended(CALL, 7, { error: 'Redis ist nicht erreichbar – später' }),
    encodedByTheSdk(SpanKind.CLIENT, spanIdText(7), false, 'Redis ist nicht erreichbar – später'),
  ],
])('%s is encoded as by the SDK', (_name, own, sdk) => {
  expect(spansOf(own)).toEqual(
    sdk.map((span) => ({ ...span, error: span.error?.code === 0 ? undefined : span.error })),
  );
});

test('times are in whole microseconds, rounded down', () => {
  const [span] = spansOf(ended(FIRST, undefined, { startMs: 4_294_967.2959, endMs: 1_766_000_000_123.4568 }));
  expect(span).toMatchObject({ startTimeUnixNano: 4_294_967_295_000n, endTimeUnixNano: 1_766_000_000_123_456_000n });
});

test('spans of lengths around those of varints are encoded, and one that is too long is dropped', () => {
  const long = (length: number) => ended(JOINED, CALLER, { operation: new Operation('x'.repeat(length), {}) });
  const lengths = [1, 20, 60, 61, 62, 63, 64, 128, 16_000];
  expect(spansOf(...lengths.map(long)).map(({ name }) => name.length)).toEqual(lengths);
  const batch = new ExportBatch();
  batch.add(long(16_384));
  expect(batch.spans).toBe(0);
  expect(fromBinary(TracesDataSchema, batch.encode('test')).resourceSpans[0]?.scopeSpans[0]?.spans).toEqual([]);
});

test('a full batch has thousands of spans', () => {
  const batch = new ExportBatch();
  while (!batch.isFull) batch.add(ended(CALL, batch.spans, { number: batch.spans + 1 }));
  const spans = spansIn(batch.encode('introspection'));
  expect(spans.length).toBeGreaterThan(3_000);
  expect(spans.length).toBe(batch.spans);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(batch.spans);
  expect(spans.at(-1)).toMatchObject({ service: 'introspection', parentSpanId: spans.at(-2)?.spanId });
});
