import { InstallOrder } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { ANY_SENSITIVE, type Filter, NO_FILTER, SENSITIVE_SCOPES, SHOW_VALUES } from './use-installs.ts';

const ACCESS: readonly string[] = [ANY_SENSITIVE, ...SENSITIVE_SCOPES.map(({ name }) => name)];
const ORDERS: ReadonlyMap<string, InstallOrder> = new Map([
  ['name', InstallOrder.APP_NAME],
  ['least_recently_used', InstallOrder.LEAST_RECENTLY_USED],
]);

/** The filter in the query of a URL. Ignores values that cannot be chosen. */
export function filterFrom(query: URLSearchParams): Filter {
  const access = query.get('access') ?? '';
  return {
    search: query.get('search') ?? '',
    access: ACCESS.includes(access) ? access : '',
    show: SHOW_VALUES.find((each) => each === query.get('show')) ?? NO_FILTER.show,
    order: ORDERS.get(query.get('order') ?? '') ?? NO_FILTER.order,
  };
}

/** The query of a URL with the filter; empty without one. */
export function queryOf({ search, access, show, order }: Filter): string {
  const query = new URLSearchParams();
  if (search !== '') query.set('search', search);
  if (access !== '') query.set('access', access);
  if (show !== NO_FILTER.show) query.set('show', show);
  for (const [name, value] of ORDERS) if (value === order) query.set('order', name);
  return query.size === 0 ? '' : `?${query}`;
}
