/** A queue that serves owners round-robin, so that an owner with many items does not delay the others. */
export class FairQueue<T> {
  /** Queues by owner, in the order of their turns. */
  readonly #queues = new Map<string, T[]>();
  readonly #maxPerOwner: number;
  #size = 0;

  /** `maxPerOwner`: queued items of one owner. */
  constructor(maxPerOwner: number) {
    this.#maxPerOwner = maxPerOwner;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns false if the owner's queue is full. */
  push(owner: string, item: T): boolean {
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [item]);
    else if (queue.length >= this.#maxPerOwner) return false;
    else queue.push(item);
    this.#size++;
    return true;
  }

  /** Takes up to `max` items, one of each owner per round. */
  take(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max && this.#size > 0) {
      const [[owner, queue]] = this.#queues as Iterable<[string, T[]]> as [[string, T[]]];
      taken.push(queue.shift() as T);
      this.#size--;
      this.#queues.delete(owner);
      if (queue.length > 0) this.#queues.set(owner, queue);
    }
    return taken;
  }
}
