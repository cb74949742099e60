import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { ConsentService, type GetAuthorizationRequestResponse } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { nextPage } from '../ui/pages.ts';
import type { Parameters } from './parameters.ts';

/** A list that is shorter than this is shown whole; another gets a search. */
export const ORGANIZATIONS_PER_PAGE = 9;

/** What the app asks for, with one page after another of the organizations that match the search. */
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

/** Each once: what changes meanwhile moves the end of a page to the beginning of the next. */
export function organizationsOf(
  data: { readonly pages: readonly GetAuthorizationRequestResponse[] } | undefined,
): readonly ConsentOrganization[] {
  const all = data?.pages.flatMap(organizationsOn) ?? [];
  return [...new Map(all.map((entry) => [entry.organization?.id, entry])).values()];
}

function organizationsOn({ authorizationRequest }: GetAuthorizationRequestResponse): readonly ConsentOrganization[] {
  return authorizationRequest?.organizations ?? [];
}
