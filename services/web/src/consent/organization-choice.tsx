import type { AuthorizationRequest } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { PolicyRefusal } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { text } from '../text.ts';
import { Notice } from '../ui/notice.tsx';
import { OrganizationEntry } from './organization-entry.tsx';
import { OrganizationSearch } from './organization-search.tsx';
import type { Parameters } from './parameters.ts';
import { mayInstallSomewhere, ORGANIZATIONS_PER_PAGE } from './use-authorization-request.ts';
import type { Choices } from './use-choices.ts';

interface OrganizationChoiceProps {
  readonly parameters: Parameters;
  readonly request: AuthorizationRequest;
  readonly choices: Choices;
}

/** Where to install the app, or whom to ask if the user may not install it anywhere. */
export function OrganizationChoice({ parameters, request: { organizations }, choices }: OrganizationChoiceProps) {
  const words = text.consent;
  if (organizations.length === 0) return <Notice tone="warning" title={words.noOrganization} />;
  const isRefused = organizations.some(({ policyRefusal }) => policyRefusal !== PolicyRefusal.UNSPECIFIED);
  return (
    <fieldset className="section">
      <legend className="section-title">{words.organization}</legend>
      {mayInstallSomewhere(organizations) ? (
        <p className="section-hint">{words.organizationHint}</p>
      ) : (
        <Notice tone="warning" title={words.cannotConnect}>
          <p>{isRefused ? words.refusedBody : words.cannotConnectBody}</p>
        </Notice>
      )}
      {organizations.length < ORGANIZATIONS_PER_PAGE ? (
        organizations.map((entry) => (
          <OrganizationEntry
            key={entry.organization?.subdomain}
            parameters={parameters}
            entry={entry}
            choices={choices}
          />
        ))
      ) : (
        <OrganizationSearch parameters={parameters} choices={choices} />
      )}
    </fieldset>
  );
}
