import { callUnaryMethod } from '@connectrpc/connect-query';
import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { SandboxTag } from '../shell/sandbox-tag.tsx';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { EmptyState } from '../ui/states.tsx';
import { useDebounced } from '../ui/use-debounced.ts';
import { type DisconnectCall, DisconnectResults } from './disconnect-results.tsx';
import { useDisconnects } from './disconnects.ts';
import { InstallFilters } from './install-filters.tsx';
import { InstallSelection } from './install-selection.tsx';
import { useFilter } from './use-filter.ts';
import { type Filter, installsOf, isFiltered, useInstalls } from './use-installs.ts';

const callDisconnect: DisconnectCall = (transport, installId) =>
  callUnaryMethod(transport, InstallService.method.disconnect, { installId });

export function InstallList({ organization }: { readonly organization: OrganizationRef }) {
  const words = text.installs;
  const [chosen, setChosen] = useFilter();
  const filter = { ...chosen, search: useDebounced(chosen.search.trim()) };
  const query = useInstalls(filter);
  const [disconnects, disconnect] = useDisconnects();
  return (
    <>
      <div className="heading">
        <PageTitle documentTitle={words.title}>{words.title}</PageTitle>
        <SandboxTag organization={organization} />
      </div>
      <p className="lead">
        <Interpolate text={words.lead} organization={<Name>{organization.name}</Name>} />
      </p>
      <InstallFilters filter={chosen} onChange={setChosen} />
      <DisconnectResults disconnects={disconnects} call={callDisconnect} />
      <div aria-busy={query.isPlaceholderData}>
        <QueryView query={query} skeleton={<ListSkeleton />}>
          {(data) => (
            <Installs
              installs={installsOf(data)}
              subdomain={organization.subdomain}
              filter={filter}
              onDisconnect={disconnect}
            />
          )}
        </QueryView>
        <MoreButton query={query} />
      </div>
    </>
  );
}

interface InstallsProps {
  readonly installs: readonly Install[];
  readonly subdomain: string;
  readonly filter: Filter;
  readonly onDisconnect: (installs: readonly Install[]) => void;
}

function Installs(props: InstallsProps) {
  const words = text.installs;
  if (props.installs.length > 0) return <InstallSelection {...props} />;
  if (isFiltered(props.filter)) return <EmptyState title={words.noMatchTitle}>{words.noMatchBody}</EmptyState>;
  return <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>;
}
