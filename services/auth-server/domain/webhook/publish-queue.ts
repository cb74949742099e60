import { unavailable } from '#common/errors/app-error.ts';
import type { NewEvent, PublishResult } from './event-store.ts';

/** Events in a batch: at most 4 MiB of data. */
const MAX_BATCH = 64;
const MAX_QUEUED = 1_000;

interface QueuedEvent {
  readonly event: NewEvent;
  readonly resolve: (result: PublishResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Publishes a batch as a whole; results are in the order of the events. */
export type PublishBatch = (events: readonly NewEvent[]) => Promise<PublishResult[]>;

/**
 * Publishes events in batches with one commit each: those that arrive while a batch is in flight form the next one.
 * Resolves after the commit.
 */
export class PublishQueue {
  readonly #publishBatch: PublishBatch;
  readonly #queued: QueuedEvent[] = [];
  #inFlight = false;

  constructor(publishBatch: PublishBatch) {
    this.#publishBatch = publishBatch;
  }

  /** DEPENDENCY_UNAVAILABLE if too many events are queued. */
  async publish(event: NewEvent): Promise<PublishResult> {
    if (this.#queued.length >= MAX_QUEUED) throw unavailable('too many events are being published; retry the request');
    return new Promise((resolve, reject) => {
      this.#queued.push({ event, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#inFlight || this.#queued.length === 0) return;
    this.#inFlight = true;
    void this.#run(this.#queued.splice(0, MAX_BATCH)).finally(() => {
      this.#inFlight = false;
      this.#next();
    });
  }

  /** A failed batch is retried event by event, so that each event gets only its own error. */
  async #run(batch: readonly QueuedEvent[]): Promise<void> {
    try {
      const results = await this.#publishBatch(batch.map(({ event }) => event));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as PublishResult);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await Promise.all(batch.map((event) => this.#run([event])));
    }
  }
}
