/** A page of a list, validated when the request is decoded. */
export interface Paging {
  /** 1 to MAX_PAGE. */
  readonly page: number;
  /** 1 to MAX_PER_PAGE. */
  readonly perPage: number;
}

export const DEFAULT_PER_PAGE = 30;
export const MAX_PER_PAGE = 100;
export const MAX_PAGE = 10_000;
