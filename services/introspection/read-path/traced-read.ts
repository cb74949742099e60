import { SpanKind } from '@opentelemetry/api';
import { type ActiveSpan, activeSpan, runIn } from '#common/observe/trace-context.ts';
import type { EntryHandler } from './redis/read-batch.ts';

/** Adds a span to a read in a sampled trace. Its handler runs with the span of the caller active. */
export function tracedRead(read: EntryHandler): EntryHandler {
  const parent = activeSpan();
  return parent === undefined ? read : new TracedRead(read, parent);
}

class TracedRead implements EntryHandler {
  readonly #read: EntryHandler;
  readonly #parent: ActiveSpan;
  readonly #span: ActiveSpan;

  constructor(read: EntryHandler, parent: ActiveSpan) {
    this.#read = read;
    this.#parent = parent;
    this.#span = parent.child('redis MGET', SpanKind.CLIENT, { 'db.system.name': 'redis' });
  }

  onState(bytes: Buffer, start: number, end: number): void {
    this.#finish(() => this.#read.onState(bytes, start, end));
  }

  onMissing(bytes?: Buffer, start?: number): void {
    this.#finish(() => this.#read.onMissing(bytes, start));
  }

  onUnreachable(): void {
    this.#finish(() => this.#read.onUnreachable());
  }

  #finish(next: () => void): void {
    this.#span.end();
    runIn(this.#parent, next);
  }
}
