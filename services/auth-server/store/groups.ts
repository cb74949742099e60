export interface GroupLimits {
  /** Groups in progress at once. */
  readonly maxRunning: number;
  /** Items of one group. */
  readonly maxSize: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: (result: Result) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Runs what arrives while others run, together. There is no timer: an item that finds fewer than `maxRunning` groups in
 * progress runs at once and alone. Others wait for the end of a group, in the order in which they arrived.
 */
export class Groups<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #limits: GroupLimits;
  readonly #keyOf: (item: Item) => unknown;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;

  /** `run` returns a result for each item, in their order. No group has two items with the same key. */
  constructor(
    run: (items: readonly Item[]) => Promise<readonly Result[]>,
    limits: GroupLimits,
    keyOf: (item: Item) => unknown = (item) => item,
  ) {
    this.#run = run;
    this.#limits = limits;
    this.#keyOf = keyOf;
  }

  /** Rejects with what `run` fails with. */
  run(item: Item): Promise<Result> {
    return new Promise((settle, fail) => {
      this.#waiting.push({ item, settle, fail });
      this.#start();
    });
  }

  #start(): void {
    while (this.#running < this.#limits.maxRunning && this.#waiting.length > 0) {
      this.#running++;
      void this.#serve(this.#take()).finally(() => {
        this.#running--;
        this.#start();
      });
    }
  }

  #take(): Waiting<Item, Result>[] {
    const group = new Map<unknown, Waiting<Item, Result>>();
    const others: Waiting<Item, Result>[] = [];
    for (const waiting of this.#waiting) {
      const key = this.#keyOf(waiting.item);
      if (group.size < this.#limits.maxSize && !group.has(key)) group.set(key, waiting);
      else others.push(waiting);
    }
    this.#waiting = others;
    return [...group.values()];
  }

  async #serve(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(group.map(({ item }) => item));
      for (const [index, { settle }] of group.entries()) settle(results[index] as Result);
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }
}
