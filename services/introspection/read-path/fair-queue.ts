/**
 * A queue in which everybody who has something waiting takes turns, so that who has much waits for itself. Items without
 * a known owner are each their own.
 */
export class FairQueue<T> {
  /** What waits for each owner; who is next comes first. */
  readonly #lines = new Map<string, T[]>();
  readonly #maxPerOwner: number;
  #size = 0;

  /** `maxPerOwner`: what one owner may have waiting. */
  constructor(maxPerOwner: number) {
    this.#maxPerOwner = maxPerOwner;
  }

  get size(): number {
    return this.#size;
  }

  /** False if the owner has too much waiting already. */
  push(owner: string, item: T): boolean {
    const line = this.#lines.get(owner);
    if (line === undefined) this.#lines.set(owner, [item]);
    else if (line.length >= this.#maxPerOwner) return false;
    else line.push(item);
    this.#size++;
    return true;
  }

  /** Takes up to `max` items, one of each owner in turn. */
  take(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max && this.#size > 0) {
      const [[owner, line]] = this.#lines as Iterable<[string, T[]]> as [[string, T[]]];
      taken.push(line.shift() as T);
      this.#size--;
      this.#lines.delete(owner);
      if (line.length > 0) this.#lines.set(owner, line);
    }
    return taken;
  }
}
