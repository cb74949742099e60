/** The share of a queue that one owner may use. */
const MAX_OWNER_SHARE = 0.1;

/** A limited queue that serves owners round-robin, so that an owner with many items does not delay the others. */
export class FairQueue<T> {
  /** Queues by owner, in the order of their turns. */
  readonly #queues = new Map<string, T[]>();
  readonly #maxSize: number;
  readonly #maxPerOwner: number;
  #size = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
    this.#maxPerOwner = Math.max(1, Math.floor(maxSize * MAX_OWNER_SHARE));
  }

  get size(): number {
    return this.#size;
  }

  /** Returns false if the queue, or the owner's share of it, is full. */
  push(owner: string, item: T): boolean {
    const queue = this.#queues.get(owner) ?? [];
    if (this.#size >= this.#maxSize || queue.length >= this.#maxPerOwner) return false;
    queue.push(item);
    this.#queues.set(owner, queue);
    this.#size++;
    return true;
  }

  /** Takes up to `max` items, one of each owner per round. */
  take(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max && this.#size > 0) {
      const [owner, queue] = this.#queues.entries().next().value as [string, T[]];
      taken.push(queue.shift() as T);
      this.#size--;
      this.#queues.delete(owner);
      if (queue.length > 0) this.#queues.set(owner, queue);
    }
    return taken;
  }
}
