import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { BatchQueue } from '../../../services/auth-server/domain/batch-queue.ts';
import { JobRuns } from '../../../services/auth-server/jobs/job-runs.ts';
import { ActiveSpan, activeSpan, enableTracing, runIn } from '../../../services/common/observe/trace-context.ts';
import { systemClock } from '../../../services/common/process/clock.ts';

enableTracing();
const provider = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter: new InMemorySpanExporter() })],
});
const tracer = provider.getTracer('test');
const newSpan = () => new ActiveSpan(tracer, tracer.startSpan('request'));

test('a batch is in the trace of its own items, not of the batch before it', async () => {
  const seen: (ActiveSpan | undefined)[] = [];
  const queue = new BatchQueue<string, string>(
    async (items) => {
      seen.push(activeSpan());
      return items;
    },
    { maxRunning: 1, maxSize: 1, maxQueued: 10 },
  );
  const [first, third] = [newSpan(), newSpan()];
  await Promise.all([
    runIn(first, () => queue.run('first')),
    queue.run('second, in no trace'),
    runIn(third, () => queue.run('third')),
  ]);
  expect(seen).toEqual([first, undefined, third]);
});

test('a job that is started by a request is in no trace', async () => {
  const span = await runIn(newSpan(), () => new JobRuns(systemClock).run('app_updates', async () => activeSpan()));
  expect(span).toBeUndefined();
});

test('the traceparent of a call has its span and the sampled flag', () => {
  const span = newSpan();
  expect(span.traceparent).toMatch(new RegExp(`^00-${span.traceId}-[0-9a-f]{16}-01$`));
});
