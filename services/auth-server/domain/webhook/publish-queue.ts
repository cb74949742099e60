import { unavailable } from '#common/errors/app-error.ts';
import type { NewEvent, PublishResult } from './event-store.ts';

/** Events in one batch; with the most data that each may have, 4 MiB. */
const MAX_BATCH = 64;
const MAX_WAITING = 1_000;

interface QueuedEvent {
  readonly event: NewEvent;
  readonly resolve: (result: PublishResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Publishes a batch as a whole; results are in the order of the events. */
export type PublishBatch = (events: readonly NewEvent[]) => Promise<PublishResult[]>;

/**
 * Puts events that arrive while others are being published into one batch, with one commit. One that comes alone goes alone
 * and at once. Resolves after the commit.
 */
export class PublishQueue {
  readonly #publishBatch: PublishBatch;
  readonly #waiting: QueuedEvent[] = [];
  #inFlight = false;

  constructor(publishBatch: PublishBatch) {
    this.#publishBatch = publishBatch;
  }

  /** DEPENDENCY_UNAVAILABLE where too many are waiting. */
  async publish(event: NewEvent): Promise<PublishResult> {
    if (this.#waiting.length >= MAX_WAITING) throw unavailable('too many events are being published; try again');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#inFlight || this.#waiting.length === 0) return;
    this.#inFlight = true;
    void this.#run(this.#waiting.splice(0, MAX_BATCH)).finally(() => {
      this.#inFlight = false;
      this.#next();
    });
  }

  /** A batch that fails is repeated event by event, so that each has the error that it causes and no other. */
  async #run(batch: readonly QueuedEvent[]): Promise<void> {
    try {
      const results = await this.#publishBatch(batch.map(({ event }) => event));
      for (const [place, { resolve }] of batch.entries()) resolve(results[place] as PublishResult);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await Promise.all(batch.map((event) => this.#run([event])));
    }
  }
}
