import { invalidRequest } from '#common/errors/app-error.ts';
import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE, type Paging } from '../platform/paging.ts';

/** Parses `page` and `per_page`, which have defaults; throws INVALID_REQUEST if one is repeated or not a number in its range. */
export function pagingOf(query: Readonly<Record<string, unknown>>): Paging {
  return {
    page: wholeNumber(query, 'page', 1, MAX_PAGE),
    perPage: wholeNumber(query, 'per_page', DEFAULT_PER_PAGE, MAX_PER_PAGE),
  };
}

function wholeNumber(query: Readonly<Record<string, unknown>>, name: string, fallback: number, max: number): number {
  const text = query[name];
  if (text === undefined) return fallback;
  const value = typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw invalidRequest(`${name} must be one whole number from 1 to ${max}`);
  return value;
}
