import { SpanKind } from '@opentelemetry/api';
import { activeSpan, runIn } from '#common/observe/trace-context.ts';
import type { EntryHandler } from './redis/read-batch.ts';

/** Adds a span to a read in a sampled trace. Its handler runs with the span of the caller active. */
export function tracedRead(read: EntryHandler): EntryHandler {
  const parent = activeSpan();
  if (parent === undefined) return read;
  const span = parent.child('redis MGET', SpanKind.CLIENT, { 'db.system.name': 'redis' });
  const finish = (next: () => void) => {
    span.end();
    runIn(parent, next);
  };
  return {
    onState: (...state) => finish(() => read.onState(...state)),
    onMissing: (...state) => finish(() => read.onMissing(...state)),
    onUnreachable: () => finish(() => read.onUnreachable()),
  };
}
