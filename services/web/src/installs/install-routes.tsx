import { Route, Switch } from 'wouter';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { NotFound } from '../shell/not-found.tsx';
import { useIsSandbox } from '../shell/sandboxes.ts';
import { lazyView } from '../ui/lazy-view.tsx';
import { InstallDetails } from './install-details.tsx';
import { InstallList } from './install-list.tsx';
import { InstallSections } from './install-sections.tsx';

const RequestsPage = lazyView(() => import('../requests/requests-page.tsx').then((module) => module.RequestsPage));
const PolicyPage = lazyView(() => import('../policy/policy-page.tsx').then((module) => module.PolicyPage));

export function InstallRoutes({ organization }: { readonly organization: OrganizationRef }) {
  // A sandbox has no install requests and no install policy.
  const isSandbox = useIsSandbox(organization);
  return (
    <Switch>
      <Route path="/installs/:organization">
        {!isSandbox && <InstallSections organization={organization} />}
        <InstallList organization={organization} />
      </Route>
      {!isSandbox && (
        <Route path="/installs/:organization/requests">
          <InstallSections organization={organization} />
          <RequestsPage organization={organization} />
        </Route>
      )}
      {!isSandbox && (
        <Route path="/installs/:organization/policy">
          <InstallSections organization={organization} />
          <PolicyPage organization={organization} />
        </Route>
      )}
      <Route path="/installs/:organization/:installId">
        {({ installId }) => <InstallDetails key={installId} organization={organization} installId={installId} />}
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}
