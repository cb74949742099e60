import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { OrganizationStatus } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { describeRole } from '../scopes/roles.ts';
import { text } from '../text.ts';
import { RadioChoice } from '../ui/choices.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Tag } from '../ui/tag.tsx';
import { type Choices, isSameOrganization } from './use-choices.ts';

interface OrganizationCardProps {
  readonly entry: ConsentOrganization;
  readonly choices: Choices;
}

/** An organization to choose, or the reason why it cannot be chosen. */
export function OrganizationCard({ entry, choices }: OrganizationCardProps) {
  const { organization, mayInstall, installed } = entry;
  return (
    <RadioChoice
      name="organization"
      isChosen={isSameOrganization(choices.organization, entry)}
      isDisabled={!mayInstall}
      onChoose={() => choices.setOrganization(entry)}
      title={<Name>{organization?.name ?? ''}</Name>}
      tags={installed && <Tag>{text.consent.installedAlready}</Tag>}
      detail={mayInstall ? organization?.subdomain : <UnavailableReason entry={entry} />}
    />
  );
}

function UnavailableReason({ entry: { status, role, adminNames } }: { readonly entry: ConsentOrganization }) {
  const words = text.consent;
  if (status === OrganizationStatus.SUSPENDED) return words.suspendedOrganization;
  const names = new Intl.ListFormat(text.language, { type: 'disjunction' }).format(adminNames);
  const sentence = adminNames.length === 0 ? words.notAdminNoAdmins : words.notAdmin;
  return <Interpolate text={sentence} role={describeRole(role)} admins={<Name>{names}</Name>} />;
}
