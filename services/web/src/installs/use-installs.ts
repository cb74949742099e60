import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallOrder, InstallService, type ListInstallsResponse } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { firstPage, nextPage, uniqueBy } from '../ui/pagination.ts';
import { pollIntervalOf } from './disconnects.ts';

const UNUSED_DAYS = 90;

/** The permissions that give access to personal data. */
export const SENSITIVE_SCOPES = SCOPE_CATALOG.filter(({ sensitive }) => sensitive);
export const ANY_SENSITIVE = 'sensitive';

export const SHOW_VALUES = ['all', 'unused', 'former_member'] as const;

/** What the admin has chosen to see. */
export interface Filter {
  readonly search: string;
  /** A scope, ANY_SENSITIVE, or empty for any access. */
  readonly access: string;
  readonly show: (typeof SHOW_VALUES)[number];
  readonly order: InstallOrder;
}

export const NO_FILTER: Filter = { search: '', access: '', show: 'all', order: InstallOrder.UNSPECIFIED };

export const isFiltered = ({ search, access, show }: Filter): boolean =>
  search !== '' || access !== '' || show !== 'all';

export const requestOf = ({ search, access, show, order }: Filter) => ({
  search,
  anyOfScopes: scopesOf(access),
  unusedDays: show === 'unused' ? UNUSED_DAYS : 0,
  actsAsFormerMember: show === 'former_member',
  order,
});

function scopesOf(access: string): string[] {
  if (access === ANY_SENSITIVE) return SENSITIVE_SCOPES.map(({ name }) => name);
  return access === '' ? [] : [access];
}

export const useInstalls = (filter: Filter) =>
  useInfiniteQuery(
    InstallService.method.listInstalls,
    { ...requestOf(filter), ...firstPage },
    {
      pageParamKey: 'page',
      getNextPageParam: nextPage(({ installs }) => installs),
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => pollIntervalOf(installsOf(state.data)),
    },
  );

export function installsOf(data: { readonly pages: readonly ListInstallsResponse[] } | undefined): readonly Install[] {
  return uniqueBy(data?.pages.flatMap(({ installs }) => installs) ?? [], ({ id }) => id);
}
