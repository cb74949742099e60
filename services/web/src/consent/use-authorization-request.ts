import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { ConsentService, type GetAuthorizationRequestResponse } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { nextPage } from '../ui/pagination.ts';
import type { Parameters } from './parameters.ts';

/** Shorter lists are shown in full; others get a search. */
export const ORGANIZATIONS_PER_PAGE = 9;

/** The validated request, with the matching organizations page by page. */
export const useAuthorizationRequest = (parameters: Parameters, organizationSearch = '') =>
  useInfiniteQuery(
    ConsentService.method.getAuthorizationRequest,
    { parameters, organizationSearch, page: 1, perPage: ORGANIZATIONS_PER_PAGE },
    {
      pageParamKey: 'page',
      getNextPageParam: nextPage(organizationsOn, ORGANIZATIONS_PER_PAGE),
      placeholderData: keepPreviousData,
    },
  );

/** Whether to offer an approval, on the first page. If it is full, an organization of a later page may permit the app. */
export const mayInstallSomewhere = (organizations: readonly ConsentOrganization[]): boolean =>
  organizations.some(
    ({ mayInstall, role }) => mayInstall || (organizations.length >= ORGANIZATIONS_PER_PAGE && role === Role.ADMIN),
  );

/** Without duplicates: if the list changes between two reads, an entry can be on both pages. */
export function organizationsOf(
  data: { readonly pages: readonly GetAuthorizationRequestResponse[] } | undefined,
): readonly ConsentOrganization[] {
  const all = data?.pages.flatMap(organizationsOn) ?? [];
  return [...new Map(all.map((entry) => [entry.organization?.id, entry])).values()];
}

function organizationsOn({ authorizationRequest }: GetAuthorizationRequestResponse): readonly ConsentOrganization[] {
  return authorizationRequest?.organizations ?? [];
}
