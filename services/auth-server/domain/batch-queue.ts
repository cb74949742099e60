import { unavailable } from '#common/errors/app-error.ts';
import type { ActiveSpan } from '#common/observe/active-span.ts';
import { activeSpan, runIn } from '#common/observe/trace-context.ts';

export interface BatchQueueOptions<Item> {
  /** Batches in progress at once. */
  readonly maxRunning: number;
  /** Items in one batch. */
  readonly maxBatchSize: number;
  /** Queued items; more are refused. */
  readonly maxQueued: number;
  /**
   * Items that have waited longer than this when a batch ends are refused, so that they do not wait for the timeouts of
   * several batches in an outage. Default: no limit.
   */
  readonly maxWaitMs?: number;
  /** An item waits for a later batch if the batch already has an item with the same key. Default: the item itself. */
  readonly keyOf?: (item: Item) => unknown;
  /** Whether the items of a failed batch run again separately, so that each gets only its own error. */
  readonly retriesSeparately?: boolean;
}

interface Queued<Item, Result> {
  readonly item: Item;
  readonly queuedAt: number;
  readonly span: ActiveSpan | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs items in batches, in the order in which they arrive (but see `keyOf`). If fewer than `maxRunning` batches are in
 * progress, a batch starts at the end of the event-loop turn, with all items of that turn. Otherwise items wait and form the
 * next batch. A batch belongs to the trace of its first item that has one.
 */
export class BatchQueue<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #options: BatchQueueOptions<Item>;
  #queued: Queued<Item, Result>[] = [];
  #running = 0;
  #isScheduled = false;

  /** `run` returns a result for each item, in their order. */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, options: BatchQueueOptions<Item>) {
    this.#run = run;
    this.#options = options;
  }

  /** The number of items that wait for a batch. */
  get length(): number {
    return this.#queued.length;
  }

  /** Rejects with the error of the batch, or with DEPENDENCY_UNAVAILABLE if too many items wait or this one waits too long. */
  async run(item: Item): Promise<Result> {
    if (this.#queued.length >= this.#options.maxQueued) throw tooBusy();
    return new Promise((resolve, reject) => {
      this.#queued.push({ item, queuedAt: performance.now(), span: activeSpan(), resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#running >= this.#options.maxRunning || this.#queued.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#start();
      this.#schedule();
    });
  }

  #start(): void {
    this.#running++;
    void this.#runBatch(this.#take()).finally(() => {
      this.#running--;
      this.#refuseOverdue();
      this.#schedule();
    });
  }

  #refuseOverdue(): void {
    const { maxWaitMs = Number.POSITIVE_INFINITY } = this.#options;
    const oldest = performance.now() - maxWaitMs;
    const inTime = this.#queued.findIndex(({ queuedAt }) => queuedAt >= oldest);
    for (const { reject } of this.#queued.splice(0, inTime < 0 ? this.#queued.length : inTime)) reject(tooBusy());
  }

  #take(): Queued<Item, Result>[] {
    const { maxBatchSize, keyOf = (item: Item) => item } = this.#options;
    const batch = new Map<unknown, Queued<Item, Result>>();
    const others: Queued<Item, Result>[] = [];
    for (const queued of this.#queued) {
      const key = keyOf(queued.item);
      if (batch.size < maxBatchSize && !batch.has(key)) batch.set(key, queued);
      else others.push(queued);
    }
    this.#queued = others;
    return [...batch.values()];
  }

  async #runBatch(batch: readonly Queued<Item, Result>[]): Promise<void> {
    try {
      const span = batch.find((queued) => queued.span !== undefined)?.span;
      const results = await runIn(span, () => this.#run(batch.map(({ item }) => item)));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (this.#options.retriesSeparately && batch.length > 1)
        await Promise.all(batch.map((each) => this.#runBatch([each])));
      else for (const { reject } of batch) reject(error);
    }
  }
}

const tooBusy = () => unavailable('too many requests wait; retry the request');
