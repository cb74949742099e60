import { useSearch } from 'wouter';
import { InstallOrder } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { ANY_SENSITIVE, type Filter, NO_FILTER, SENSITIVE_SCOPES, SHOW_VALUES } from './use-installs.ts';

const ACCESS: readonly string[] = [ANY_SENSITIVE, ...SENSITIVE_SCOPES.map(({ name }) => name)];
const ORDERS: Readonly<Record<string, InstallOrder>> = {
  name: InstallOrder.APP_NAME,
  least_recently_used: InstallOrder.LEAST_RECENTLY_USED,
};

/** The filter of the list, with its setter. It is in the URL's query: a reload, a visit to an app and a shared link keep it. */
export function useFilter(): [Filter, (filter: Filter) => void] {
  const filter = filterFrom(new URLSearchParams(useSearch()));
  return [filter, (changed) => history.replaceState(history.state, '', window.location.pathname + queryOf(changed))];
}

/** The URL query with the current filter, for links from the list to an app and back. */
export const useListQuery = (): string => queryOf(filterFrom(new URLSearchParams(useSearch())));

/** Ignores values that cannot be chosen. */
function filterFrom(query: URLSearchParams): Filter {
  const access = query.get('access') ?? '';
  return {
    search: query.get('search') ?? '',
    access: ACCESS.includes(access) ? access : '',
    show: SHOW_VALUES.find((each) => each === query.get('show')) ?? NO_FILTER.show,
    order: ORDERS[query.get('order') ?? ''] ?? NO_FILTER.order,
  };
}

function queryOf({ search, access, show, order }: Filter): string {
  const query = new URLSearchParams();
  if (search !== '') query.set('search', search);
  if (access !== '') query.set('access', access);
  if (show !== NO_FILTER.show) query.set('show', show);
  const orderName = Object.keys(ORDERS).find((name) => ORDERS[name] === order);
  if (orderName !== undefined) query.set('order', orderName);
  return query.size === 0 ? '' : `?${query}`;
}
