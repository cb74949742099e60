import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import type { Choices } from './use-choices.ts';

/** The requested permissions that the install policy of the organization does not permit. */
export function WithheldList({ choices: { organization, withheldScopes } }: { readonly choices: Choices }) {
  const words = text.consent;
  if (withheldScopes.length === 0) return null;
  const name = <Name>{organization?.organization?.name ?? ''}</Name>;
  return (
    <Notice tone="info" title={<Interpolate text={words.withheld} organization={name} />}>
      <p>{words.withheldHint}</p>
      <ul className="bullets">
        {withheldScopes.map((scope) => (
          <li key={scope.name}>{scope.description}</li>
        ))}
      </ul>
    </Notice>
  );
}
