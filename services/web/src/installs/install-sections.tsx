import { useQuery } from '@connectrpc/connect-query';
import { InstallRequestService } from '#gen/featureos/oauth/v1/install_request_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { NavigationLink } from '../routing/navigation-link.tsx';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Tabs } from '../ui/tabs.tsx';

export function InstallSections({ organization: { subdomain } }: { readonly organization: OrganizationRef }) {
  const words = text.installs;
  const { data } = useQuery(InstallRequestService.method.listInstallRequests, { perPage: 1 });
  return (
    <Tabs label={words.sections}>
      <NavigationLink to={paths.installs(subdomain)} isExact>
        {words.title}
      </NavigationLink>
      <NavigationLink to={paths.installRequests(subdomain)}>{words.requests(data?.openCount ?? 0)}</NavigationLink>
      <NavigationLink to={paths.installPolicy(subdomain)}>{words.policy}</NavigationLink>
    </Tabs>
  );
}
