import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { sampledParent, traceIdOf } from '../../../services/common/observe/traceparent.ts';
import { Tracing } from '../../../services/common/observe/tracing.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
/** OTLP numbers the kinds from 1; 0 is unspecified. */
const [SERVER, CLIENT] = [SpanKind.SERVER + 1, SpanKind.CLIENT + 1];
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
  const span = tracing.join('Check', `00-${TRACE_ID}-${SPAN_ID}-01`, { 'rpc.method': 'Check' });
  const child = span?.child('redis MGET', SpanKind.CLIENT, { 'db.system.name': 'redis' });
  child?.end();
  span?.rename('Check it', { 'http.response.status_code': 503 });
  span?.end(unavailable('Redis is unreachable'));
  await tracing.close();
  const [parent, below] = [receivedBy('Check it'), receivedBy('redis MGET')];
  expect(parent).toMatchObject({
    service: 'test',
    traceId: TRACE_ID,
    parentSpanId: SPAN_ID,
    kind: SERVER,
    flags: SAMPLED | HAS_IS_REMOTE | IS_REMOTE,
    status: { code: SpanStatusCode.ERROR, message: 'Redis is unreachable' },
    attributes: [
      { key: 'rpc.method', value: { stringValue: 'Check' } },
      { key: 'http.response.status_code', value: { intValue: 503 } },
    ],
  });
  expect(below).toMatchObject({
    traceId: TRACE_ID,
    parentSpanId: parent?.spanId,
    kind: CLIENT,
    flags: SAMPLED | HAS_IS_REMOTE,
    attributes: [{ key: 'db.system.name', value: { stringValue: 'redis' } }],
  });
  expect(below?.status).toBeUndefined();
  const times = [parent?.startTimeUnixNano, below?.startTimeUnixNano, below?.endTimeUnixNano, parent?.endTimeUnixNano];
  const after = BigInt(Date.now() + 1) * 1_000_000n;
  const ordered = [before, ...times.map((time) => BigInt(time ?? 0)), after];
  expect(ordered).toEqual(ordered.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
});

test('the configured share of HTTP requests without a trace starts one; gRPC calls start none', async () => {
  const [always, never] = [tracingOf(1), tracingOf(0)];
  expect(always.begin('GET', undefined, {})?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(always.begin('GET', 'invalid', {})?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(always.begin('GET', `00-${TRACE_ID}-${SPAN_ID}-00`, {})).toBeUndefined();
  expect(never.begin('GET', undefined, {})).toBeUndefined();
  expect(never.begin('GET', `00-${TRACE_ID}-${SPAN_ID}-01`, {})?.traceId).toBe(TRACE_ID);
  expect(always.join('Check', 'invalid', {})).toBeUndefined();
  await Promise.all([always.close(), never.close()]);
});

test('only a valid traceparent with the sampled flag is a sampled parent', () => {
  const parent = { traceId: TRACE_ID, spanId: SPAN_ID, isRemote: true };
  const sampled: readonly [string, number][] = [
    [`00-${TRACE_ID}-${SPAN_ID}-01`, 0x01],
    [`00-${TRACE_ID}-${SPAN_ID}-03`, 0x03],
    [`00-${TRACE_ID}-${SPAN_ID}-0f`, 0x0f],
    [`cc-${TRACE_ID}-${SPAN_ID}-01-of-a-later-version`, 0x01],
  ];
  for (const [header, traceFlags] of sampled) expect(sampledParent(header), header).toEqual({ ...parent, traceFlags });
  const others = [
    '',
    '01',
    `00-${TRACE_ID}-${SPAN_ID}-00`,
    `00-${TRACE_ID}-${SPAN_ID}-0a`,
    `00-${TRACE_ID}-${SPAN_ID}-0`,
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
