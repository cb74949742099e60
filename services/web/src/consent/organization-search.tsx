import { useState } from 'react';
import { text } from '../text.ts';
import { TextField } from '../ui/field.tsx';
import { Fill } from '../ui/fill.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { ErrorState } from '../ui/states.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { OrganizationCard } from './organization-card.tsx';
import type { Parameters } from './parameters.ts';
import { organizationsOf, useAuthorizationRequest } from './use-authorization-request.ts';
import { type Choices, isSame } from './use-choices.ts';

interface OrganizationSearchProps {
  readonly parameters: Parameters;
  readonly choices: Choices;
}

/** As the server allows. */
const MAX_SEARCH_LENGTH = 100;

/** More organizations than anybody wants to read through. */
export function OrganizationSearch({ parameters, choices }: OrganizationSearchProps) {
  const words = text.consent;
  const [typed, setTyped] = useState('');
  const search = useSettled(typed.trim());
  const query = useAuthorizationRequest(parameters, search);
  const found = organizationsOf(query.data);
  // While a search is in flight, what was found before it is shown.
  const isCurrent = query.isSuccess && !query.isPlaceholderData;
  const { organization: chosen } = choices;
  // What is chosen stays in sight, whatever is searched for next.
  const shown = chosen === undefined || found.some((entry) => isSame(entry, chosen)) ? found : [chosen, ...found];
  return (
    <div className="organization-search" aria-busy={query.isPlaceholderData}>
      <TextField type="search" label={words.search} value={typed} maxLength={MAX_SEARCH_LENGTH} onChange={setTyped} />
      {shown.map((entry) => (
        <OrganizationCard key={entry.organization?.subdomain} entry={entry} choices={choices} />
      ))}
      {query.error !== null && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      <p className="organization-count" role="status">
        {found.length > 0 && <span className="visually-hidden">{words.found(found.length, query.hasNextPage)}</span>}
        {isCurrent && found.length === 0 && <Fill text={words.noneFound} search={<Name>{search}</Name>} />}
      </p>
      <MoreButton query={query} />
    </div>
  );
}
