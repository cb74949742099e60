import type { AuthorizationRequest, ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { OrganizationStatus } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { describeRole } from '../scopes/roles.ts';
import { text } from '../text.ts';
import { RadioChoice } from '../ui/choices.tsx';
import { Fill } from '../ui/fill.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { Tag } from '../ui/tag.tsx';
import type { Choices } from './use-choices.ts';

interface OrganizationChoiceProps {
  readonly request: AuthorizationRequest;
  readonly choices: Choices;
}

/** Where the app is to be installed; where that cannot be, whom to ask. */
export function OrganizationChoice({ request: { organizations }, choices }: OrganizationChoiceProps) {
  const words = text.consent;
  if (organizations.length === 0) return <Notice tone="warning" title={words.noOrganization} />;
  const mayInstallSomewhere = organizations.some(({ mayInstall }) => mayInstall);
  return (
    <fieldset className="section">
      <legend className="section-title">{words.where}</legend>
      {mayInstallSomewhere ? (
        <p className="section-hint">{words.whereHint}</p>
      ) : (
        <Notice tone="warning" title={words.nobodyMay}>
          <p>{words.nobodyMayBody}</p>
        </Notice>
      )}
      {organizations.map((entry) => (
        <OrganizationCard key={entry.organization?.subdomain} entry={entry} choices={choices} />
      ))}
    </fieldset>
  );
}

function OrganizationCard({ entry, choices }: { readonly entry: ConsentOrganization; readonly choices: Choices }) {
  const { organization, mayInstall, installed } = entry;
  return (
    <RadioChoice
      name="organization"
      isChosen={choices.organization === entry}
      isDisabled={!mayInstall}
      onChoose={() => choices.setOrganization(entry)}
      title={<Name>{organization?.name ?? ''}</Name>}
      marks={installed && <Tag>{text.consent.installedAlready}</Tag>}
      detail={mayInstall ? organization?.subdomain : <WhyNot entry={entry} />}
    />
  );
}

function WhyNot({ entry: { status, role, adminNames } }: { readonly entry: ConsentOrganization }) {
  const words = text.consent;
  if (status === OrganizationStatus.SUSPENDED) return words.suspendedOrganization;
  const names = new Intl.ListFormat(text.language, { type: 'disjunction' }).format(adminNames);
  const sentence = adminNames.length === 0 ? words.mayNotInstallNobody : words.mayNotInstall;
  return <Fill text={sentence} role={describeRole(role)} admins={<Name>{names}</Name>} />;
}
