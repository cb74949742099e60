/** A page of a list. Validated when the request is decoded. */
export interface Paging {
  /** From 1. */
  readonly page: number;
  /** 1 to MAX_PER_PAGE. */
  readonly perPage: number;
}

export const DEFAULT_PER_PAGE = 30;
export const MAX_PER_PAGE = 100;
/** Deeper pages are rejected, because their cost grows with the page number. */
export const MAX_PAGE = 10_000;
