import { useState } from 'react';
import { text } from '../text.ts';
import { TextField } from '../ui/field.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { ErrorState } from '../ui/states.tsx';
import { useDebounced } from '../ui/use-debounced.ts';
import { OrganizationEntry } from './organization-entry.tsx';
import type { Parameters } from './parameters.ts';
import { organizationsOf, useAuthorizationRequest } from './use-authorization-request.ts';
import { type Choices, isSameOrganization } from './use-choices.ts';

interface OrganizationSearchProps {
  readonly parameters: Parameters;
  readonly choices: Choices;
}

/** The server's limit. */
const MAX_SEARCH_LENGTH = 100;

/** A search in place of the complete list, for users with many organizations. */
export function OrganizationSearch({ parameters, choices }: OrganizationSearchProps) {
  const words = text.consent;
  const [typed, setTyped] = useState('');
  const search = useDebounced(typed.trim());
  const query = useAuthorizationRequest(parameters, search);
  const found = organizationsOf(query.data);
  // While a search is in flight, the previous results stay visible.
  const isCurrent = query.isSuccess && !query.isPlaceholderData;
  const { organization: chosen } = choices;
  // The chosen organization stays visible even if the search does not match it.
  const shown =
    chosen === undefined || found.some((entry) => isSameOrganization(entry, chosen)) ? found : [chosen, ...found];
  return (
    <div className="organization-search" aria-busy={query.isPlaceholderData}>
      <TextField type="search" label={words.search} value={typed} maxLength={MAX_SEARCH_LENGTH} onChange={setTyped} />
      {shown.map((entry) => (
        <OrganizationEntry
          key={entry.organization?.subdomain}
          parameters={parameters}
          entry={entry}
          choices={choices}
        />
      ))}
      {query.error !== null && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      <p className="organization-count" role="status">
        {found.length > 0 && <span className="visually-hidden">{words.found(found.length, query.hasNextPage)}</span>}
        {isCurrent && found.length === 0 && <Interpolate text={words.noneFound} search={<Name>{search}</Name>} />}
      </p>
      <MoreButton query={query} />
    </div>
  );
}
