import { EventChoices } from '../scopes/event-choices.tsx';
import { ScopeChoices } from '../scopes/scope-choices.tsx';
import { text } from '../text.ts';
import { Tag } from '../ui/tag.tsx';
import type { Choices } from './use-choices.ts';

/** The permissions and events that can be granted, each of which can be declined. */
export function PermissionChoice({ choices }: { readonly choices: Choices }) {
  const words = text.consent;
  const current = choices.organization?.installed?.grantedScopes;
  const tagsFor = (name: string) => {
    if (current === undefined) return null;
    return current.includes(name) ? <Tag>{text.scopeTags.granted}</Tag> : <Tag tone="good">{text.scopeTags.new}</Tag>;
  };
  return (
    <section className="section" aria-label={words.permissions}>
      <div className="section-head">
        <h2 className="section-title">{words.permissions}</h2>
        <p className="muted" role="status">
          {words.chosen(choices.grantedScopes.length, choices.offeredScopes.length)}
        </p>
      </div>
      <p className="section-hint">{words.permissionsHint}</p>
      <ScopeChoices
        scopes={choices.offeredScopes}
        chosen={choices.scopes}
        onChange={choices.setScopes}
        tagsFor={tagsFor}
        showsExamples
      />
      {choices.offeredEvents.length > 0 && (
        <fieldset className="scope-group">
          <legend className="scope-group-title">{words.events}</legend>
          <EventChoices events={choices.offeredEvents} chosen={choices.events} onChange={choices.setEvents} />
        </fieldset>
      )}
    </section>
  );
}
