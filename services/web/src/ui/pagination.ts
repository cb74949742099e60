const PER_PAGE = 30;

export const firstPage = { page: 1, perPage: PER_PAGE } as const;

/** For useInfiniteQuery: there may be another page after a full one. */
export const nextPage =
  <Page>(itemsOf: (page: Page) => readonly unknown[], perPage: number = PER_PAGE) =>
  (last: Page, _pages: readonly Page[], lastNumber: number | undefined): number | undefined =>
    itemsOf(last).length < perPage ? undefined : (lastNumber ?? 1) + 1;
