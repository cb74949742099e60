import { callUnaryMethod, useInfiniteQuery } from '@connectrpc/connect-query';
import {
  type ListOwnInstallsResponse,
  type OwnInstall,
  OwnInstallService,
} from '#gen/featureos/oauth/v1/own_install_service_pb.ts';
import { type DisconnectCall, DisconnectResults } from '../installs/disconnect-results.tsx';
import { type DisconnectedInstall, pollIntervalOf, useDisconnects } from '../installs/disconnects.ts';
import { text } from '../text.ts';
import { MoreButton } from '../ui/more-button.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { firstPage, nextPage, uniqueBy } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import { OwnInstallRow } from './own-install-row.tsx';

const callDisconnect: DisconnectCall = (transport, installId) =>
  callUnaryMethod(transport, OwnInstallService.method.disconnectOwnInstall, { installId });

type Pages = { readonly pages: readonly ListOwnInstallsResponse[] } | undefined;

/** The apps that act as the signed-in user, in every organization. */
export function OwnInstalls() {
  const words = text.ownInstalls;
  const query = useInfiniteQuery(OwnInstallService.method.listOwnInstalls, firstPage, {
    pageParamKey: 'page',
    getNextPageParam: nextPage(({ installs }) => installs),
    refetchInterval: ({ state }) => pollIntervalOf(installsOf(state.data)),
  });
  const [disconnects, disconnect] = useDisconnects();
  return (
    <>
      <PageTitle documentTitle={words.title}>{words.title}</PageTitle>
      <p className="lead">{words.lead}</p>
      <DisconnectResults disconnects={disconnects} call={callDisconnect} />
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {(data) => <Rows installs={installsOf(data)} onDisconnect={(install) => disconnect([install])} />}
      </QueryView>
      <MoreButton query={query} />
    </>
  );
}

interface RowsProps {
  readonly installs: readonly OwnInstall[];
  readonly onDisconnect: (install: DisconnectedInstall) => void;
}

function Rows({ installs, onDisconnect }: RowsProps) {
  const words = text.ownInstalls;
  if (installs.length === 0) return <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>;
  return (
    <ul className="list">
      {installs.map((install) => (
        <OwnInstallRow key={install.id} install={install} onDisconnect={() => onDisconnect(install)} />
      ))}
    </ul>
  );
}

function installsOf(data: Pages): readonly OwnInstall[] {
  return uniqueBy(data?.pages.flatMap(({ installs }) => installs) ?? [], ({ id }) => id);
}
