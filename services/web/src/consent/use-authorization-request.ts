import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { ConsentService, type GetAuthorizationRequestResponse } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { OrganizationStatus, Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
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

/** Whether to offer approval, decided from the first page of organizations. */
export const mayInstallSomewhere = (organizations: readonly ConsentOrganization[]): boolean =>
  organizations.some(({ mayInstall }) => mayInstall) || mayHaveMore(organizations);

/**
 * Whether a page after this first one may have an organization that permits the app. Pages start with the active organizations
 * of which the user is an admin, and only these can.
 */
export function mayHaveMore(organizations: readonly ConsentOrganization[]): boolean {
  const last = organizations.at(-1);
  const isFull = organizations.length >= ORGANIZATIONS_PER_PAGE;
  return isFull && last?.role === Role.ADMIN && last.status === OrganizationStatus.ACTIVE;
}

export function organizationsOf(
  data: { readonly pages: readonly GetAuthorizationRequestResponse[] } | undefined,
): readonly ConsentOrganization[] {
  return uniqueBy(data?.pages.flatMap(organizationsOn) ?? [], ({ organization }) => organization?.id);
}

function organizationsOn({ authorizationRequest }: GetAuthorizationRequestResponse): readonly ConsentOrganization[] {
  return authorizationRequest?.organizations ?? [];
}
