import { describeUngranted } from '../scopes/ungranted.ts';
import { text } from '../text.ts';
import type { Choices } from './use-choices.ts';

/** What the app cannot do with the chosen permissions. */
export function UngrantedList({ choices }: { readonly choices: Choices }) {
  const words = text.consent;
  return (
    <section className="ungranted" aria-label={words.ungranted}>
      <h2 className="section-title">{words.ungranted}</h2>
      <ul className="ungranted-list muted">
        {[...describeUngranted(choices.grantedScopes), ...words.never].map((phrase) => (
          <li key={phrase}>{phrase}</li>
        ))}
      </ul>
    </section>
  );
}
