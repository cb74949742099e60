const PER_PAGE = 30;

/** The input of a first page. */
export const firstPage = { page: 1, perPage: PER_PAGE } as const;

/** For useInfiniteQuery: a full page may be followed by another. */
export const nextPage =
  <Page>(itemsOf: (page: Page) => readonly unknown[], perPage: number = PER_PAGE) =>
  (last: Page, _pages: readonly Page[], lastNumber: number | undefined): number | undefined =>
    itemsOf(last).length < perPage ? undefined : (lastNumber ?? 1) + 1;
