import { useQuery } from '@connectrpc/connect-query';
import { Link, Route, Switch } from 'wouter';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { paths } from '../routing/paths.ts';
import { NotFound } from '../shell/not-found.tsx';
import { developerText } from '../text-developer.ts';
import { QueryView } from '../ui/query-view.tsx';
import { CardSkeleton } from '../ui/skeleton.tsx';
import { AppEdit } from './app-edit.tsx';
import { AppFrame } from './app-frame.tsx';
import { AppInstalls } from './app-installs.tsx';
import { AppList } from './app-list.tsx';
import { AppOverview } from './app-overview.tsx';
import type { AppViewProps } from './app-view.ts';
import { DeliveryLog } from './deliveries/delivery-log.tsx';
import { FailedRequests } from './failed-requests.tsx';
import { NewApp } from './new-app.tsx';
import { TryIt } from './try-it.tsx';
import { useHooks } from './webhooks/use-hooks.ts';
import { WebhookSettings } from './webhooks/webhook-settings.tsx';

const SECTIONS: Readonly<Record<string, (props: AppViewProps) => React.ReactNode>> = {
  overview: AppOverview,
  edit: AppEdit,
  installs: AppInstalls,
  webhooks: WebhookSettings,
  deliveries: DeliveryLog,
  errors: FailedRequests,
  try: TryIt,
};

export function AppRoutes({ organization }: { readonly organization: OrganizationRef }) {
  return (
    <Switch>
      <Route path="/apps/:organization">
        <AppList organization={organization} />
      </Route>
      <Route path="/apps/:organization/new">
        <NewApp organization={organization} />
      </Route>
      <Route path="/apps/:organization/:clientId/:section?">
        {({ clientId, section = 'overview' }) => {
          const View = Object.hasOwn(SECTIONS, section) ? SECTIONS[section] : undefined;
          if (View === undefined) return <NotFound />;
          return <AppDetails key={clientId} clientId={clientId} organization={organization} View={View} />;
        }}
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

interface AppDetailsProps {
  readonly clientId: string;
  readonly organization: OrganizationRef;
  readonly View: (props: AppViewProps) => React.ReactNode;
}

function AppDetails({ clientId, organization, View }: AppDetailsProps) {
  const query = useQuery(AppService.method.getApp, { clientId }, { select: ({ app }) => app });
  // Waits for the hooks too, because a notice of disabled hooks that appeared later would shift the layout. If the
  // app cannot be loaded, that is shown at once.
  const hooks = useHooks(clientId);
  const appAfterHooks = hooks.isPending ? { ...query, data: undefined } : query;
  return (
    <>
      <p className="crumb">
        <Link to={paths.apps(organization.subdomain)}>{developerText.apps.backToList}</Link>
      </p>
      <QueryView query={appAfterHooks} skeleton={<CardSkeleton />} title={developerText.apps.singular}>
        {(app) => (
          <AppFrame app={app} organization={organization}>
            <View app={app} organization={organization} />
          </AppFrame>
        )}
      </QueryView>
    </>
  );
}
