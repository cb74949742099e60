import { Router, useRoute } from 'wouter';
import type { Session } from '#gen/featureos/oauth/v1/session_pb.ts';
import { InstallRoutes } from '../installs/install-routes.tsx';
import { aroundNavigation } from '../routing/navigation.ts';
import { text } from '../text.ts';
import { lazyView } from '../ui/lazy-view.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { useSession } from './account.tsx';
import { Message } from './message.tsx';
import { NotFound } from './not-found.tsx';
import { OrganizationScope } from './organization-scope.tsx';
import { TopBar } from './top-bar.tsx';

const AppRoutes = lazyView(() => import('../developer/app-routes.tsx').then((module) => module.AppRoutes));
const OwnInstalls = lazyView(() => import('../own-installs/own-installs.tsx').then((module) => module.OwnInstalls));

/** The console: installed apps, the developer area, and the apps that act as the user. */
export function Console() {
  return (
    <Router aroundNav={aroundNavigation}>
      <ConsolePage />
    </Router>
  );
}

function ConsolePage() {
  const query = useSession();
  const [, params] = useRoute<{ area: string; organization?: string }>('/:area/:organization?/*?');
  const { area = '', organization: subdomain } = params ?? {};
  return (
    <>
      <a className="skip" href="#content">
        {text.shell.skip}
      </a>
      <TopBar session={query.data} area={area} subdomain={subdomain} />
      <main className="console-main" id="content">
        <QueryView query={query} skeleton={<ListSkeleton />} title={text.pages.console}>
          {(session) => <Area session={session} area={area} subdomain={subdomain} />}
        </QueryView>
      </main>
    </>
  );
}

interface AreaProps {
  readonly session: Session;
  readonly area: string;
  readonly subdomain: string | undefined;
}

function Area({ session, area, subdomain }: AreaProps) {
  if (area === 'me' && subdomain === undefined) return <OwnInstalls />;
  const Content = area === 'installs' ? InstallRoutes : area === 'apps' ? AppRoutes : undefined;
  if (Content === undefined) return <NotFound />;
  if (session.organizations.length === 0) {
    const title = text.shell.noOrganization;
    return (
      <Message documentTitle={title} title={title}>
        {text.shell.noOrganizationBody}
      </Message>
    );
  }
  return (
    <OrganizationScope session={session} area={area} subdomain={subdomain}>
      {(organization) => <Content organization={organization} />}
    </OrganizationScope>
  );
}
