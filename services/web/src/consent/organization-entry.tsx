import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { OrganizationCard } from './organization-card.tsx';
import type { Parameters } from './parameters.ts';
import { PolicyLink } from './policy-link.tsx';
import { RequestPanel } from './request-panel.tsx';
import type { Choices } from './use-choices.ts';

interface OrganizationEntryProps {
  readonly parameters: Parameters;
  readonly entry: ConsentOrganization;
  readonly choices: Choices;
}

/** An organization to choose, and what the user can do if its policy or the user's role does not permit that. */
export function OrganizationEntry({ parameters, entry, choices }: OrganizationEntryProps) {
  return (
    <>
      <OrganizationCard entry={entry} choices={choices} />
      <PolicyLink entry={entry} />
      <RequestPanel parameters={parameters} entry={entry} />
    </>
  );
}
