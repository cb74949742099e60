import { useInfiniteQuery } from '@connectrpc/connect-query';
import { InstallRequestService } from '#gen/featureos/oauth/v1/install_request_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { requestText } from '../text-requests.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { firstPage, nextPage, uniqueBy } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import { RequestCard } from './request-card.tsx';

/** The open requests of members, for the admins of the organization. */
export function RequestsPage({ organization }: { readonly organization: OrganizationRef }) {
  const words = requestText;
  const query = useInfiniteQuery(InstallRequestService.method.listInstallRequests, firstPage, {
    pageParamKey: 'page',
    getNextPageParam: nextPage(({ requests }) => requests),
  });
  return (
    <>
      <PageTitle documentTitle={words.title}>{words.title}</PageTitle>
      <p className="lead">
        <Interpolate text={words.lead} organization={<Name>{organization.name}</Name>} />
      </p>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {({ pages }) => {
          const requests = uniqueBy(
            pages.flatMap((page) => page.requests),
            ({ id }) => id,
          );
          if (requests.length === 0) return <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>;
          return (
            <ul className="list">
              {requests.map((request) => (
                <RequestCard key={request.id} request={request} />
              ))}
            </ul>
          );
        }}
      </QueryView>
      <MoreButton query={query} />
    </>
  );
}
