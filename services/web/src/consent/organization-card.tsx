import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { OrganizationStatus } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { PolicyRefusal } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { describeRole } from '../scopes/roles.ts';
import { text } from '../text.ts';
import { RadioChoice } from '../ui/choices.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Tag } from '../ui/tag.tsx';
import { AdminNames } from './admin-names.tsx';
import { PolicyReason } from './policy-reason.tsx';
import { type Choices, isSameOrganization } from './use-choices.ts';

interface OrganizationCardProps {
  readonly entry: ConsentOrganization;
  readonly choices: Choices;
}

/** An organization to choose, or the reason why it cannot be chosen. */
export function OrganizationCard({ entry, choices }: OrganizationCardProps) {
  const { organization, mayInstall, installed, isSandbox } = entry;
  return (
    <RadioChoice
      name="organization"
      isChosen={isSameOrganization(choices.organization, entry)}
      isDisabled={!mayInstall}
      onChoose={() => choices.setOrganization(entry)}
      title={<Name>{organization?.name ?? ''}</Name>}
      tags={
        <>
          {isSandbox && <Tag>{text.sandbox.tag}</Tag>}
          {installed && <Tag>{text.consent.installedAlready}</Tag>}
        </>
      }
      detail={
        mayInstall ? isSandbox ? text.sandbox.hint : organization?.subdomain : <UnavailableReason entry={entry} />
      }
    />
  );
}

function UnavailableReason({ entry }: { readonly entry: ConsentOrganization }) {
  const { status, role, adminNames, policyRefusal } = entry;
  const words = text.consent;
  if (status === OrganizationStatus.SUSPENDED) return words.suspendedOrganization;
  if (policyRefusal !== PolicyRefusal.UNSPECIFIED) return <PolicyReason entry={entry} />;
  const sentence = adminNames.length === 0 ? words.notAdminNoAdmins : words.notAdmin;
  return <Interpolate text={sentence} role={describeRole(role)} admins={<AdminNames names={adminNames} />} />;
}
