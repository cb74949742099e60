import { type FormEvent, type ReactNode, useState } from 'react';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { violationsOf } from '../rpc/errors.ts';
import { ScopeChoices } from '../scopes/scope-choices.tsx';
import { developerText } from '../text-developer.ts';
import { CheckChoice } from '../ui/choices.tsx';
import { TextAreaField, TextField } from '../ui/field.tsx';
import { FieldGroup } from '../ui/field-group.tsx';
import { toggled } from '../ui/toggled.ts';
import { useFocusFirstError } from '../ui/use-focus-first-error.ts';
import { type AppFields, linesOf } from './app-fields.ts';
import { ProfileFields } from './profile/profile-fields.tsx';

interface AppFormProps {
  readonly initial: AppFields;
  /** The error of the last attempt. */
  readonly error: unknown;
  readonly onSubmit: (fields: AppFields) => void;
  /** Buttons and notices at the end of the form. */
  readonly children: ReactNode;
}

const URI_ROWS = 3;

/** The fields of an app. Only the server validates them, so that there is one set of rules. */
export function AppForm({ initial, error, onSubmit, children }: AppFormProps) {
  const words = developerText.appForm;
  const [fields, setFields] = useState(initial);
  const set = (change: Partial<AppFields>) => setFields({ ...fields, ...change });
  const violations = violationsOf(error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ ...fields, redirectUris: linesOf(fields.redirectUris.join('\n')) });
  };
  return (
    <form ref={useFocusFirstError(error)} className="card form" onSubmit={submit} noValidate>
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={violations.get('name')}
        value={fields.name}
        isRequired
        onChange={(name) => set({ name })}
      />
      <TextAreaField
        label={words.redirectUris}
        hint={words.redirectUrisHint}
        error={violations.get('redirect_uris')}
        rows={URI_ROWS}
        value={fields.redirectUris.join('\n')}
        onChange={(lines) => set({ redirectUris: lines.split('\n') })}
      />
      <ModeChoices
        chosen={new Set(fields.allowedActorModes)}
        error={violations.get('allowed_actor_modes')}
        onChange={(modes) => set({ allowedActorModes: [...modes] })}
      />
      <FieldGroup title={words.scopes} hint={words.scopesHint} error={violations.get('declared_scopes')}>
        <div className="scope-columns">
          <ScopeChoices
            scopes={SCOPE_CATALOG}
            chosen={new Set(fields.declaredScopes)}
            onChange={(scopes) => set({ declaredScopes: [...scopes] })}
          />
        </div>
      </FieldGroup>
      <CheckChoice
        isChosen={fields.requirePkce}
        onChange={(requirePkce) => set({ requirePkce })}
        title={words.pkce}
        detail={words.pkceHint}
      />
      <ProfileFields fields={fields} violations={violations} onChange={set} />
      {children}
    </form>
  );
}

interface ModeChoicesProps {
  readonly chosen: ReadonlySet<ActorMode>;
  readonly error: string | undefined;
  readonly onChange: (chosen: ReadonlySet<ActorMode>) => void;
}

function ModeChoices({ chosen, error, onChange }: ModeChoicesProps) {
  const words = developerText.appForm;
  const choice = (mode: ActorMode, title: string, hint: string) => (
    <CheckChoice
      isChosen={chosen.has(mode)}
      onChange={(isChosen) => onChange(toggled(chosen, mode, isChosen))}
      title={title}
      detail={hint}
    />
  );
  return (
    <FieldGroup title={words.modes} hint={words.modesHint} error={error}>
      {choice(ActorMode.APP, words.modeApp, words.modeAppHint)}
      {choice(ActorMode.SELF, words.modeSelf, words.modeSelfHint)}
    </FieldGroup>
  );
}
