import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActiveSpan } from './active-span.ts';
import type { Operation } from './operation.ts';

const storage = new AsyncLocalStorage<ActiveSpan | undefined>();
/** Avoids the cost of reading the storage while tracing is off. */
let isTracing = false;

/** The active span; undefined outside sampled traces. */
export const activeSpan = (): ActiveSpan | undefined => (isTracing ? storage.getStore() : undefined);

/** Call it if tracing is configured. */
export function enableTracing(): void {
  isTracing = true;
}

/**
 * Runs work with `span` active; undefined: outside any trace. Also needed for work that serves several requests or outlives its
 * request, because timers and promises inherit the trace in which they were created.
 */
export const runIn = <T>(span: ActiveSpan | undefined, work: () => T): T =>
  span === activeSpan() ? work() : storage.run(span, work);

/** Runs work in a child of the active span; without a span if none is active. */
export async function inSpan<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
  const parent = activeSpan();
  if (parent === undefined) return work();
  const span = parent.child();
  try {
    const result = await storage.run(span, work);
    span.end(operation);
    return result;
  } catch (error) {
    span.end(operation, error);
    throw error;
  }
}
