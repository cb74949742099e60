/** Bounds of what is put together. */
export interface CoalescingLimits {
  /** Calls in one batch; 1 sends every call alone. */
  readonly maxBatch: number;
  /** The longest that a call waits for others. */
  readonly maxWaitMs: number;
}

/** How calls are sent. */
export interface Sender<Item, Result> {
  alone(item: Item): Promise<Result>;
  /** A result for each item, in their order. An item's own failure rejects that item's promise only. */
  together(items: readonly Item[]): readonly Promise<Result>[];
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: (result: Promise<Result>) => void;
}

/**
 * Puts calls together that come while others are under way; a call that finds none goes alone and at once, so that
 * nobody waits where there is nothing to gain. Those that wait are sent with the next call that returns, when they are
 * `maxBatch`, or after `maxWaitMs`, whichever is first. Every call is sent after it was made: none gets an answer that is
 * older than a call of its own would have given it.
 */
export class Coalescer<Item, Result> {
  readonly #sender: Sender<Item, Result>;
  readonly #limits: CoalescingLimits;
  #waiting: Waiting<Item, Result>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;

  constructor(sender: Sender<Item, Result>, limits: CoalescingLimits) {
    this.#sender = sender;
    this.#limits = limits;
  }

  call(item: Item): Promise<Result> {
    if (this.#underWay === 0 || this.#limits.maxBatch === 1) return this.#sendAlone(item);
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
    if (another === undefined) only.settle(this.#sendAlone(only.item));
    else this.#sendTogether(waiting);
  }

  #sendAlone(item: Item): Promise<Result> {
    const result = this.#sender.alone(item);
    this.#track([result]);
    return result;
  }

  #sendTogether(waiting: readonly Waiting<Item, Result>[]): void {
    const results = this.#sender.together(waiting.map(({ item }) => item));
    for (const [index, { settle }] of waiting.entries()) settle(results[index] as Promise<Result>);
    this.#track(results);
  }

  #track(results: readonly Promise<Result>[]): void {
    this.#underWay++;
    void Promise.allSettled(results).then(() => {
      this.#underWay--;
      this.#sendWaiting();
    });
  }
}
