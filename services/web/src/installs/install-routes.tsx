import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { matchPath } from '../routing/match-path.ts';
import { usePath } from '../routing/router.ts';
import { NotFound } from '../shell/not-found.tsx';
import { InstallDetails } from './install-details.tsx';
import { InstallList } from './install-list.tsx';

/** What is installed in an organization. */
export function InstallRoutes({ organization }: { readonly organization: OrganizationRef }) {
  const path = usePath();
  if (matchPath('/installs/:organization', path)) return <InstallList organization={organization} />;
  const installId = matchPath('/installs/:organization/:install', path)?.install;
  if (installId === undefined) return <NotFound />;
  return <InstallDetails key={installId} organization={organization} installId={installId} />;
}
