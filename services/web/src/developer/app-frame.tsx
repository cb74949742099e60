import type { ReactNode } from 'react';
import { AppStatus } from '#gen/featureos/oauth/v1/app_pb.ts';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { usePath } from '../routing/router.ts';
import { text } from '../text.ts';
import { Monogram } from '../ui/monogram.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Tabs } from '../ui/tabs.tsx';
import type { AppViewProps } from './app-view.ts';
import { DisabledHooks } from './webhooks/disabled-hooks.tsx';

/** What all views of an app share: name, status notices and navigation. */
export function AppFrame({ app, organization, children }: AppViewProps & { readonly children: ReactNode }) {
  const words = text.apps;
  const { subdomain } = organization;
  const part = (name: string) => paths.appSection(subdomain, app.clientId, name);
  const overview = paths.app(subdomain, app.clientId);
  return (
    <>
      <div className="heading">
        <Monogram name={app.name} seed={app.clientId} size="large" />
        {/* The key moves the focus to the title when another section is opened. */}
        <PageTitle key={usePath()} documentTitle={app.name}>
          <Name>{app.name}</Name>
        </PageTitle>
      </div>
      {app.status === AppStatus.SUSPENDED && (
        <Notice tone="warning" title={words.suspendedTitle}>
          {words.suspendedBody}
        </Notice>
      )}
      <DisabledHooks app={app} organization={organization} />
      <Tabs label={words.sections}>
        <Link to={overview} isNavigation="exactly">
          {words.overview}
        </Link>
        <Link to={part('edit')} isNavigation>
          {words.edit}
        </Link>
        <Link to={part('installs')} isNavigation>
          {words.installs}
        </Link>
        <Link to={part('webhooks')} isNavigation>
          {words.webhooks}
        </Link>
        <Link to={part('deliveries')} isNavigation>
          {words.deliveries}
        </Link>
        <Link to={part('try')} isNavigation>
          {words.tryIt}
        </Link>
      </Tabs>
      {children}
    </>
  );
}
