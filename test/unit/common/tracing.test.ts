import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import {
  Span_SpanKind as SpanKind,
  Status_StatusCode as StatusCode,
} from '../../../gen/opentelemetry/proto/trace/v1/trace_pb.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { Operation } from '../../../services/common/observe/operation.ts';
import { sampledParent, traceIdOf } from '../../../services/common/observe/traceparent.ts';
import { Tracing } from '../../../services/common/observe/tracing.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { recordingLog } from './recording-log.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
/** OTLP: the sampled flag of W3C, and the two bits that say whether the parent is in another process. */
const [SAMPLED, HAS_IS_REMOTE, IS_REMOTE] = [0x1, 0x100, 0x200];

const collector = await startOtlpReceiver();
afterAll(() => collector.stop());

const tracingOf = (ratio: number) => {
  const tracing = Tracing.of(
    'test',
    { endpoint: collector.endpoint, ratio, exportIntervalMs: 60_000 },
    pino({ enabled: false }),
  );
  if (tracing === undefined) throw new Error('tracing is not configured');
  return tracing;
};

const receivedBy = (name: string) => collector.spans.find((span) => span.name === name);

test('a collector gets every field of a span', async () => {
  const tracing = tracingOf(0);
  const before = BigInt(Date.now()) * 1_000_000n;
  const span = tracing.join(`00-${TRACE_ID}-${SPAN_ID}-01`);
  const child = span?.child();
  child?.end(new Operation('redis MGET', { 'db.system.name': 'redis' }));
  const attributes = { 'rpc.method': 'Check', 'http.route': undefined, 'http.response.status_code': 503 };
  span?.end(new Operation('Check', attributes), unavailable('Redis is unreachable'));
  await tracing.close();
  const [received, receivedChild] = [receivedBy('Check'), receivedBy('redis MGET')];
  expect(received).toMatchObject({
    service: 'test',
    traceId: TRACE_ID,
    parentSpanId: SPAN_ID,
    kind: SpanKind.SERVER,
    flags: SAMPLED | HAS_IS_REMOTE | IS_REMOTE,
    error: { code: StatusCode.ERROR, message: 'Redis is unreachable' },
    attributes: { 'rpc.method': 'Check', 'http.response.status_code': 503n },
  });
  expect(receivedChild).toMatchObject({
    traceId: TRACE_ID,
    parentSpanId: received?.spanId,
    kind: SpanKind.CLIENT,
    flags: SAMPLED | HAS_IS_REMOTE,
    error: undefined,
    attributes: { 'db.system.name': 'redis' },
  });
  expect(received?.attributes).not.toHaveProperty('http.route');
  const times = [
    received?.startTimeUnixNano,
    receivedChild?.startTimeUnixNano,
    receivedChild?.endTimeUnixNano,
    received?.endTimeUnixNano,
  ];
  const after = BigInt(Date.now() + 1) * 1_000_000n;
  const ordered = [before, ...times.map((time) => time ?? 0n), after];
  expect(ordered).toEqual(ordered.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
});

test('the configured share of HTTP requests without a trace starts one; gRPC calls start none', async () => {
  const [always, never] = [tracingOf(1), tracingOf(0)];
  expect(always.begin(undefined)?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(always.begin('invalid')?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(always.begin(`00-${TRACE_ID}-${SPAN_ID}-00`)).toBeUndefined();
  expect(never.begin(undefined)).toBeUndefined();
  expect(never.begin(`00-${TRACE_ID}-${SPAN_ID}-01`)?.traceId).toBe(TRACE_ID);
  expect(always.join('invalid')).toBeUndefined();
  await Promise.all([always.close(), never.close()]);
});

test('spans that the collector rejects are logged once for several exports in a row', async () => {
  // An ExportTraceServiceResponse: `partial_success` with `rejected_spans: 5` and `error_message`.
  const message = Buffer.from('quota');
  const partialSuccess = Buffer.from([0x08, 5, 0x12, message.length, ...message]);
  const rejecting = await startOtlpReceiver(Buffer.from([0x0a, partialSuccess.length, ...partialSuccess]));
  const { lines, log } = recordingLog();
  const tracing = Tracing.of('test', { endpoint: rejecting.endpoint, ratio: 1, exportIntervalMs: 1 }, log);
  for (const count of [1, 2]) {
    tracing?.begin(undefined)?.end(new Operation('GET', {}));
    await expect.poll(() => rejecting.spans.length).toBe(count);
  }
  await tracing?.close();
  await rejecting.stop();
  expect(lines).toEqual([{ level: 40, msg: 'the collector rejects spans', rejectedSpans: 5, reason: 'quota' }]);
});

test('only a valid traceparent with the sampled flag is a sampled parent', () => {
  const sampled = [
    `00-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-03`,
    `00-${TRACE_ID}-${SPAN_ID}-0f`,
    `cc-${TRACE_ID}-${SPAN_ID}-01`,
    `cc-${TRACE_ID}-${SPAN_ID}-01-of-a-later-version`,
  ];
  const parent = { traceId: TRACE_ID, spanId: SPAN_ID };
  for (const header of sampled) expect(sampledParent(header), header).toEqual(parent);
  const others = [
    '',
    '01',
    `00-${TRACE_ID}-${SPAN_ID}-00`,
    `00-${TRACE_ID}-${SPAN_ID}-0a`,
    `00-${TRACE_ID}-${SPAN_ID}-0`,
    `00-${TRACE_ID}-${SPAN_ID}-g1`,
    `00_${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}${SPAN_ID}-01-`,
    `cc-${TRACE_ID}-${SPAN_ID}-01.of-a-later-version`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  ];
  for (const header of others) expect(sampledParent(header), header).toBeUndefined();
  expect(traceIdOf(`00-${TRACE_ID}-${SPAN_ID}-00`)).toBe(TRACE_ID);
  expect(traceIdOf('invalid')).toBeUndefined();
});
