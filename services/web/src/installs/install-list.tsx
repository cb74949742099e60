import { useInfiniteQuery } from '@connectrpc/connect-query';
import { Link } from 'wouter';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { firstPage, nextPage } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import { InstallStatusTag } from './install-status-tag.tsx';
import { LastUsed } from './last-used.tsx';

const PENDING_POLL_MS = 2_000;

export function InstallList({ organization }: { readonly organization: OrganizationRef }) {
  const words = text.installs;
  const query = useInfiniteQuery(InstallService.method.listInstalls, firstPage, {
    pageParamKey: 'page',
    getNextPageParam: nextPage(({ installs }) => installs),
    // Polls until a disconnect in progress is complete.
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ installs }) => installs.some(isDisconnecting)) ? PENDING_POLL_MS : false,
  });
  return (
    <>
      <PageTitle documentTitle={words.title}>{words.title}</PageTitle>
      <p className="lead">
        <Interpolate text={words.lead} organization={<Name>{organization.name}</Name>} />
      </p>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {({ pages }) => (
          <InstallRows installs={pages.flatMap(({ installs }) => installs)} subdomain={organization.subdomain} />
        )}
      </QueryView>
      <MoreButton query={query} />
    </>
  );
}

function InstallRows({ installs, subdomain }: { readonly installs: readonly Install[]; readonly subdomain: string }) {
  if (installs.length === 0) {
    return <EmptyState title={text.installs.emptyTitle}>{text.installs.emptyBody}</EmptyState>;
  }
  return (
    <ul className="list">
      {installs.map((install) => (
        <InstallRow key={install.id} install={install} subdomain={subdomain} />
      ))}
    </ul>
  );
}

function InstallRow({ install, subdomain }: { readonly install: Install; readonly subdomain: string }) {
  const words = text.installs;
  return (
    <li className="list-row">
      <AppLogo name={install.appName} clientId={install.clientId} path={install.appProfile?.logoPath} />
      <div className="list-text">
        <Link to={paths.install(subdomain, install.id)} className="list-link">
          <Name>{install.appName}</Name>
        </Link>
        <p className="muted">
          <Interpolate text={words.by} owner={<Name>{install.appOwnerOrganization?.name ?? ''}</Name>} />
        </p>
      </div>
      <p className="list-fact muted">{words.permissions(install.grantedScopes.length)}</p>
      <p className="list-fact muted">
        <LastUsed at={install.lastUsedAt} />
      </p>
      <InstallStatusTag status={install.status} />
    </li>
  );
}

const isDisconnecting = ({ status }: Install): boolean => status === InstallStatus.DISCONNECTING;
