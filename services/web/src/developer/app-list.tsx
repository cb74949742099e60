import { useInfiniteQuery } from '@connectrpc/connect-query';
import { Link } from 'wouter';
import { type App, AppStatus } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService, type ListAppsResponse } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { firstPage, nextPage, uniqueBy } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import { Tag } from '../ui/tag.tsx';
import { SandboxPanel } from './sandbox-panel.tsx';

export function AppList({ organization }: { readonly organization: OrganizationRef }) {
  const words = developerText.apps;
  const query = useInfiniteQuery(AppService.method.listApps, firstPage, {
    pageParamKey: 'page',
    getNextPageParam: nextPage(({ apps }) => apps),
  });
  return (
    <>
      <div className="title-row">
        <PageTitle documentTitle={words.title}>{words.title}</PageTitle>
        <Link to={paths.newApp(organization.subdomain)} className="button button-primary">
          {words.register}
        </Link>
      </div>
      <p className="lead">
        <Interpolate text={words.lead} organization={<Name>{organization.name}</Name>} />
      </p>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {({ pages }) => <AppRows pages={pages} subdomain={organization.subdomain} />}
      </QueryView>
      <MoreButton query={query} />
      {/* Shown after the list has loaded, because the list would push it down. */}
      {query.isSuccess && <SandboxPanel owner={organization} />}
    </>
  );
}

function AppRows({ pages, subdomain }: { readonly pages: readonly ListAppsResponse[]; readonly subdomain: string }) {
  const words = developerText.apps;
  const apps = uniqueBy(
    pages.flatMap((page) => page.apps),
    ({ clientId }) => clientId,
  );
  if (apps.length === 0) {
    return (
      <EmptyState title={words.emptyTitle}>
        <p>{words.emptyBody}</p>
        <a href="/docs#start">{words.quickStart}</a>
      </EmptyState>
    );
  }
  return (
    <ul className="list">
      {apps.map((app) => (
        <AppRow key={app.clientId} app={app} subdomain={subdomain} />
      ))}
    </ul>
  );
}

function AppRow({ app, subdomain }: { readonly app: App; readonly subdomain: string }) {
  const words = developerText.apps;
  return (
    <li className="list-row">
      <AppLogo name={app.name} clientId={app.clientId} path={app.logoPath} />
      <div className="list-text">
        <Link to={paths.app(subdomain, app.clientId)} className="list-link">
          <Name>{app.name}</Name>
        </Link>
        <p className="muted">
          <code>{app.clientId}</code>
        </p>
      </div>
      <p className="list-fact muted">{words.scopeCount(app.declaredScopes.length)}</p>
      <p className="list-fact muted">{words.uriCount(app.redirectUris.length)}</p>
      {app.status === AppStatus.SUSPENDED && <Tag tone="warning">{text.states.suspended}</Tag>}
    </li>
  );
}
