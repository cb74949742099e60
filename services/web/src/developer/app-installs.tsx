import { useInfiniteQuery } from '@connectrpc/connect-query';
import { AppService, type ListAppInstallsResponse } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { AppInstall } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallStatusTag } from '../installs/install-status-tag.tsx';
import { LastUsed } from '../installs/last-used.tsx';
import { describeActor } from '../scopes/actor-modes.ts';
import { SandboxTag } from '../shell/sandbox-tag.tsx';
import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { Monogram } from '../ui/monogram.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { firstPage, nextPage, uniqueBy } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import type { AppViewProps } from './app-view.ts';

export function AppInstalls({ app }: AppViewProps) {
  const words = developerText.appInstalls;
  const query = useInfiniteQuery(
    AppService.method.listAppInstalls,
    { clientId: app.clientId, ...firstPage },
    {
      pageParamKey: 'page',
      getNextPageParam: nextPage(({ installs }) => installs),
    },
  );
  return (
    <section>
      <h2 className="section-title">{words.title}</h2>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {({ pages }) => <AppInstallRows pages={pages} />}
      </QueryView>
      <MoreButton query={query} />
    </section>
  );
}

function AppInstallRows({ pages }: { readonly pages: readonly ListAppInstallsResponse[] }) {
  const words = developerText.appInstalls;
  const installs = uniqueBy(
    pages.flatMap((page) => page.installs),
    ({ id }) => id,
  );
  if (installs.length === 0) return <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>;
  return (
    <>
      <p className="lead">{words.active(pages.at(-1)?.activeCount ?? 0)}</p>
      <ul className="list">
        {installs.map((install) => (
          <AppInstallRow key={install.id} install={install} />
        ))}
      </ul>
    </>
  );
}

function AppInstallRow({ install: { organization, ...install } }: { readonly install: AppInstall }) {
  return (
    <li className="list-row">
      <Monogram name={organization?.name ?? ''} seed={organization?.subdomain ?? ''} shape="organization" />
      <div className="list-text">
        <Name>{organization?.name ?? ''}</Name> <SandboxTag organization={organization} />
        <p className="muted">{describeActor(install.actor)}</p>
      </div>
      <p className="list-fact muted">{text.installs.permissions(install.grantedScopes.length)}</p>
      <p className="list-fact muted">
        <LastUsed at={install.lastUsedAt} />
      </p>
      <InstallStatusTag status={install.status} />
    </li>
  );
}
