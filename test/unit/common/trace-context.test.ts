import { expect, test } from 'vitest';
import { BatchQueue } from '../../../services/auth-server/domain/batch-queue.ts';
import { JobRuns } from '../../../services/auth-server/jobs/job-runs.ts';
import { ActiveSpan } from '../../../services/common/observe/active-span.ts';
import { activeSpan, enableTracing, runIn } from '../../../services/common/observe/trace-context.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import { createLog } from '../../../services/common/process/log.ts';

enableTracing();
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const sink = () => {};
const newSpan = () => ActiveSpan.start(TRACE_ID, sink);

test('a batch is in the trace of its own items, not of the batch before it', async () => {
  const seen: (ActiveSpan | undefined)[] = [];
  const queue = new BatchQueue<string, string>(
    async (items) => {
      seen.push(activeSpan());
      return items;
    },
    { maxRunning: 1, maxBatchSize: 1, maxQueued: 10 },
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
  const runs = new JobRuns(systemClock, createLog('test', 'silent'));
  const span = await runIn(newSpan(), () => runs.run('app_updates', async () => activeSpan()));
  expect(span).toBeUndefined();
});

test('the traceparent of a span has its trace id, a span id and the sampled flag', () => {
  const span = newSpan();
  expect(span.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`));
});
