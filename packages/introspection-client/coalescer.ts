export interface CoalescingLimits {
  /** The most calls in one batch, up to 100 for BatchIntrospect; 1 disables batches. */
  readonly maxBatch: number;
  /** The longest that a call waits for others. */
  readonly maxWaitMs: number;
}

/** How calls are sent. */
export interface Sender<Item, Result> {
  sendOne(item: Item): Promise<Result>;
  /** A result for each item, in their order. The failure of one item rejects only its promise. */
  sendBatch(items: readonly Item[]): readonly Promise<Result>[];
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: (result: Promise<Result>) => void;
}

/**
 * Sends a call at once if no other is in flight. Otherwise the call waits for a batch, which is sent when a call or batch
 * in flight ends, when `maxBatch` calls wait, or after `maxWaitMs`, whichever comes first. Every call is sent after it was made,
 * so a batch never returns an older response than a separate call would.
 */
export class Coalescer<Item, Result> {
  readonly #sender: Sender<Item, Result>;
  readonly #limits: CoalescingLimits;
  #waiting: Waiting<Item, Result>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;

  constructor(sender: Sender<Item, Result>, limits: CoalescingLimits) {
    this.#sender = sender;
    this.#limits = limits;
  }

  call(item: Item): Promise<Result> {
    if (this.#inFlight === 0 || this.#limits.maxBatch === 1) return this.#sendOne(item);
    return new Promise((settle) => {
      this.#waiting.push({ item, settle });
      if (this.#waiting.length >= this.#limits.maxBatch) this.#sendWaiting();
      else this.#timer ??= setTimeout(() => this.#sendWaiting(), this.#limits.maxWaitMs);
    });
  }

  #sendWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    const [only, another] = waiting;
    if (only === undefined) return;
    if (another === undefined) only.settle(this.#sendOne(only.item));
    else this.#sendBatch(waiting);
  }

  #sendOne(item: Item): Promise<Result> {
    const result = this.#sender.sendOne(item);
    this.#track([result]);
    return result;
  }

  #sendBatch(waiting: readonly Waiting<Item, Result>[]): void {
    const results = this.#sender.sendBatch(waiting.map(({ item }) => item));
    for (const [index, { settle }] of waiting.entries()) settle(results[index] as Promise<Result>);
    this.#track(results);
  }

  #track(results: readonly Promise<Result>[]): void {
    this.#inFlight++;
    void Promise.allSettled(results).then(() => {
      this.#inFlight--;
      this.#sendWaiting();
    });
  }
}
