import { useInfiniteQuery } from '@connectrpc/connect-query';
import { AppService, type FailedRequest } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { developerText } from '../text-developer.ts';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { firstPage, nextPage } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import { PreciseDateTime } from '../ui/time.tsx';
import type { AppViewProps } from './app-view.ts';

const POLL_MS = 5_000;

/** The failed requests of an app to the endpoints that it calls with its client credentials. */
export function FailedRequests({ app }: AppViewProps) {
  const words = developerText.failedRequests;
  const query = useInfiniteQuery(
    AppService.method.listFailedRequests,
    { clientId: app.clientId, ...firstPage },
    {
      pageParamKey: 'page',
      getNextPageParam: nextPage(({ failedRequests }) => failedRequests),
      refetchInterval: POLL_MS,
    },
  );
  return (
    <section>
      <h2 className="section-title">{words.title}</h2>
      <p className="lead">
        {words.lead} <a href="/docs/errors#token-endpoint">{words.guide}</a>
      </p>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {({ pages }) => <FailureRows failures={pages.flatMap(({ failedRequests }) => failedRequests)} />}
      </QueryView>
      <MoreButton query={query} />
    </section>
  );
}

function FailureRows({ failures }: { readonly failures: readonly FailedRequest[] }) {
  const words = developerText.failedRequests;
  if (failures.length === 0) return <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>;
  return (
    <ul className="list">
      {failures.map((failure, index) => (
        // Clients can choose the request ids, so these may not be unique.
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no state
        <FailureRow key={index} failure={failure} />
      ))}
    </ul>
  );
}

function FailureRow({ failure }: { readonly failure: FailedRequest }) {
  const { endpoint, grantType, error, errorDescription, organization, count, lastFailedAt, requestId } = failure;
  return (
    <li className="list-row">
      <div className="list-text">
        <p>
          <code>{error}</code> {errorDescription}
        </p>
        <p className="muted">
          <code>{endpoint}</code>
          {grantType && (
            <>
              {' · '}
              <code>{grantType}</code>
            </>
          )}
          {organization && (
            <>
              {' · '}
              <Name>{organization.name}</Name>
            </>
          )}
        </p>
        <p className="muted">
          {developerText.failedRequests.requestId} <code>{requestId}</code>
        </p>
      </div>
      <p className="list-fact muted">{developerText.failedRequests.times(count)}</p>
      <p className="list-fact muted">{lastFailedAt && <PreciseDateTime at={lastFailedAt} />}</p>
    </li>
  );
}
