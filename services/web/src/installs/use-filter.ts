import { useSearch } from 'wouter';
import { filterFrom, queryOf } from './filter-query.ts';
import type { Filter } from './use-installs.ts';

/** The filter of the list, with its setter. It is in the URL's query: a reload, a visit to an app and a shared link keep it. */
export function useFilter(): [Filter, (filter: Filter) => void] {
  const filter = filterFrom(new URLSearchParams(useSearch()));
  return [filter, (changed) => history.replaceState(history.state, '', window.location.pathname + queryOf(changed))];
}

/** The URL query with the current filter, for links from the list to an app and back. */
export const useListQuery = (): string => queryOf(filterFrom(new URLSearchParams(useSearch())));
