import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { PolicyRefusal } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';

/** A link to the install policy that refuses the app, for an admin, who can change it. */
export function PolicyLink({ entry: { organization, role, policyRefusal } }: { readonly entry: ConsentOrganization }) {
  if (policyRefusal === PolicyRefusal.UNSPECIFIED || role !== Role.ADMIN) return null;
  return (
    <p className="policy-link">
      <a href={paths.installPolicy(organization?.subdomain ?? '')}>
        <Interpolate text={text.consent.changePolicy} organization={<Name>{organization?.name ?? ''}</Name>} />
      </a>
    </p>
  );
}
