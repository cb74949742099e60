import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { PolicyRefusal } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';

const isRefused = ({ policyRefusal }: ConsentOrganization) => policyRefusal !== PolicyRefusal.UNSPECIFIED;

/** Links to the install policies that refuse the app, for the admins who can change them. */
export function PolicyLinks({ organizations }: { readonly organizations: readonly ConsentOrganization[] }) {
  return organizations
    .filter((entry) => isRefused(entry) && entry.role === Role.ADMIN)
    .map(({ organization }) => (
      <p className="policy-link" key={organization?.subdomain}>
        <a href={paths.installPolicy(organization?.subdomain ?? '')}>
          <Interpolate text={text.consent.changePolicy} organization={<Name>{organization?.name ?? ''}</Name>} />
        </a>
      </p>
    ));
}
