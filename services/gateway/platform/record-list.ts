import type { Paging } from './paging.ts';

/** The most records in a list; the oldest are removed first. */
const MAX_RECORDS = 1_000;

/** Records of one kind in one organization. */
export class RecordList<Item extends { readonly id: number }> {
  readonly #items: Item[] = [];

  add(item: Item): Item {
    this.#items.push(item);
    if (this.#items.length > MAX_RECORDS) this.#items.shift();
    return item;
  }

  has(id: number): boolean {
    return this.#items.some((item) => item.id === id);
  }

  /** Newest first. */
  page({ page, perPage }: Paging): Item[] {
    const start = (page - 1) * perPage;
    return this.#items.toReversed().slice(start, start + perPage);
  }
}
