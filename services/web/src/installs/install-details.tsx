import { useQuery } from '@connectrpc/connect-query';
import { Link } from 'wouter';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { ProfileSummary } from '../profile/profile-summary.tsx';
import { StartLink } from '../profile/start-link.tsx';
import { startUrlOf } from '../profile/start-url.ts';
import { issuer } from '../routing/issuer.ts';
import { paths } from '../routing/paths.ts';
import { describeEvent } from '../scopes/describe.ts';
import { ScopeList } from '../scopes/scope-list.tsx';
import { SandboxTag } from '../shell/sandbox-tag.tsx';
import { text } from '../text.ts';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { CardSkeleton } from '../ui/skeleton.tsx';
import { DisconnectPanel } from './disconnect-panel.tsx';
import { pollIntervalOf } from './disconnects.ts';
import { InstallActivityLog } from './install-activity.tsx';
import { InstallFacts } from './install-facts.tsx';
import { useListQuery } from './use-filter.ts';

interface InstallDetailsProps {
  readonly organization: OrganizationRef;
  readonly installId: string;
}

export function InstallDetails({ organization, installId }: InstallDetailsProps) {
  const query = useQuery(
    InstallService.method.getInstall,
    { installId },
    {
      select: ({ install }) => install,
      refetchInterval: ({ state }) => pollIntervalOf(state.data?.install ? [state.data.install] : []),
    },
  );
  return (
    <>
      <p className="crumb">
        <Link to={paths.installs(organization.subdomain) + useListQuery()}>{text.installs.backToList}</Link>
      </p>
      <QueryView query={query} skeleton={<CardSkeleton />} title={text.installs.singular}>
        {(install) => <LoadedInstall install={install} organization={organization} />}
      </QueryView>
    </>
  );
}

function LoadedInstall({
  install,
  organization,
}: {
  readonly install: Install;
  readonly organization: OrganizationRef;
}) {
  const words = text.installs;
  const startUrl = install.appProfile && startUrlOf(install.appProfile, issuer());
  return (
    <>
      <div className="install-head">
        <div className="heading">
          <AppLogo
            name={install.appName}
            clientId={install.clientId}
            path={install.appProfile?.logoPath}
            size="large"
          />
          <PageTitle documentTitle={install.appName}>
            <Name>{install.appName}</Name>
          </PageTitle>
          <SandboxTag organization={organization} />
        </div>
        <DisconnectPanel install={install} organization={organization} />
      </div>
      <div className="columns">
        <section className="card">
          <h2 className="section-title">
            {install.status === InstallStatus.ACTIVE ? words.scopes : words.scopesEnded}
          </h2>
          {install.grantedScopes.length === 0 && <p className="muted">{words.noScopes}</p>}
          <ScopeList names={install.grantedScopes} />
          <h2 className="section-title">{words.events}</h2>
          {install.grantedWebhookEvents.length === 0 && <p className="muted">{words.noEvents}</p>}
          <ul className="scope-list">
            {install.grantedWebhookEvents.map((name) => (
              <li key={name}>{describeEvent(name)}</li>
            ))}
          </ul>
        </section>
        <div className="stack">
          {install.appProfile && (
            <section className="card">
              <h2 className="section-title">{words.about}</h2>
              <ProfileSummary profile={install.appProfile} owner={install.appOwnerOrganization?.name ?? ''} />
              {startUrl && install.status === InstallStatus.REVOKED && (
                <p>
                  <StartLink href={startUrl} appName={install.appName} />
                </p>
              )}
            </section>
          )}
          <InstallFacts install={install} />
        </div>
      </div>
      <InstallActivityLog installId={install.id} />
    </>
  );
}
