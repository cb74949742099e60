import { useQuery } from '@connectrpc/connect-query';
import { InstallPolicyService } from '#gen/featureos/oauth/v1/install_policy_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { policyText } from '../text-policy.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { CardSkeleton } from '../ui/skeleton.tsx';
import { PolicyForm } from './policy-form.tsx';

/** Which apps can be connected to the organization, and what they can be granted. */
export function PolicyPage({ organization }: { readonly organization: OrganizationRef }) {
  const words = policyText;
  const query = useQuery(InstallPolicyService.method.getInstallPolicy, {});
  return (
    <>
      <PageTitle documentTitle={words.title}>{words.title}</PageTitle>
      <p className="lead">
        <Interpolate text={words.lead} organization={<Name>{organization.name}</Name>} />
      </p>
      <Notice tone="info" title={words.existing}>
        {words.existingBody}
      </Notice>
      <QueryView query={query} skeleton={<CardSkeleton />}>
        {({ policy, apps }) => policy && <PolicyForm policy={policy} apps={apps} />}
      </QueryView>
    </>
  );
}
