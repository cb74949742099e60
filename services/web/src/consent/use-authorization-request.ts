import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { ConsentService, type GetAuthorizationRequestResponse } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { nextPage, uniqueBy } from '../ui/pagination.ts';
import type { Parameters } from './parameters.ts';

/** If there are fewer, the page lists all of them; otherwise it offers a search. */
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

/**
 * Whether to offer approval, decided from the first page of organizations. If that page is full and the user is an admin of one
 * of them, an organization on a later page may permit the app.
 */
export const mayInstallSomewhere = (organizations: readonly ConsentOrganization[]): boolean =>
  organizations.some(
    ({ mayInstall, role }) => mayInstall || (organizations.length >= ORGANIZATIONS_PER_PAGE && role === Role.ADMIN),
  );

export function organizationsOf(
  data: { readonly pages: readonly GetAuthorizationRequestResponse[] } | undefined,
): readonly ConsentOrganization[] {
  return uniqueBy(data?.pages.flatMap(organizationsOn) ?? [], ({ organization }) => organization?.id);
}

function organizationsOn({ authorizationRequest }: GetAuthorizationRequestResponse): readonly ConsentOrganization[] {
  return authorizationRequest?.organizations ?? [];
}
