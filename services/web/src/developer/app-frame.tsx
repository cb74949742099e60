import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { AppStatus } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { VerificationTag } from '../profile/verification-tag.tsx';
import { NavigationLink } from '../routing/navigation-link.tsx';
import { paths } from '../routing/paths.ts';
import { developerText } from '../text-developer.ts';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Tabs } from '../ui/tabs.tsx';
import type { AppViewProps } from './app-view.ts';
import { DisabledHooks } from './webhooks/disabled-hooks.tsx';

/** What all views of an app share: name, status notices and navigation. */
export function AppFrame({ app, organization, children }: AppViewProps & { readonly children: ReactNode }) {
  const words = developerText.apps;
  const { subdomain } = organization;
  const section = (name: string) => paths.appSection(subdomain, app.clientId, name);
  const [path] = useLocation();
  const overview = paths.app(subdomain, app.clientId);
  return (
    <>
      <div className="heading">
        <AppLogo name={app.name} clientId={app.clientId} path={app.logoPath} size="large" />
        {/* The key moves the focus to the title when another section is opened. */}
        <PageTitle key={path} documentTitle={app.name}>
          <Name>{app.name}</Name>
        </PageTitle>
        <VerificationTag profile={app} />
      </div>
      {app.status === AppStatus.SUSPENDED && (
        <Notice tone="warning" title={words.suspendedTitle}>
          {words.suspendedBody}
        </Notice>
      )}
      <DisabledHooks app={app} organization={organization} />
      <Tabs label={words.sections}>
        <NavigationLink to={overview} isExact>
          {words.overview}
        </NavigationLink>
        <NavigationLink to={section('edit')}>{words.edit}</NavigationLink>
        <NavigationLink to={section('installs')}>{words.installs}</NavigationLink>
        <NavigationLink to={section('webhooks')}>{words.webhooks}</NavigationLink>
        <NavigationLink to={section('deliveries')}>{words.deliveries}</NavigationLink>
        <NavigationLink to={section('errors')}>{words.errors}</NavigationLink>
        <NavigationLink to={section('try')}>{words.tryIt}</NavigationLink>
      </Tabs>
      {children}
    </>
  );
}
