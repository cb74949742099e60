const PER_PAGE = 30;

export const firstPage = { page: 1, perPage: PER_PAGE } as const;

/**
 * Of items with the same id, keeps the one that was read last, in the position of the first. If a list changes between the
 * reads of two pages, an item can be on both.
 */
export function uniqueBy<Item>(items: readonly Item[], idOf: (item: Item) => unknown): readonly Item[] {
  return [...new Map(items.map((item) => [idOf(item), item])).values()];
}

/** For useInfiniteQuery: there may be another page after a full one. */
export const nextPage =
  <Page>(itemsOf: (page: Page) => readonly unknown[], perPage: number = PER_PAGE) =>
  (last: Page, _pages: readonly Page[], lastNumber: number | undefined): number | undefined =>
    itemsOf(last).length < perPage ? undefined : (lastNumber ?? 1) + 1;
