import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import type { InstallPolicy, PolicyApp } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { violationsOf } from '../rpc/errors.ts';
import { ScopeChoices } from '../scopes/scope-choices.tsx';
import { text } from '../text.ts';
import { policyText } from '../text-policy.ts';
import { Button } from '../ui/button.tsx';
import { CheckChoice } from '../ui/choices.tsx';
import { FieldGroup } from '../ui/field-group.tsx';
import { Notice } from '../ui/notice.tsx';
import { ErrorState } from '../ui/states.tsx';
import { useFocusFirstError } from '../ui/use-focus-first-error.ts';
import { AppListField } from './app-list-field.tsx';
import { isWithoutScope, usePolicyForm } from './use-policy-form.ts';

interface PolicyFormProps {
  readonly policy: InstallPolicy;
  readonly apps: readonly PolicyApp[];
}

const words = policyText;

/** A new limit starts with every permission, so that the admin removes some. */
const initialScopes = (scopes: ReadonlySet<string>): ReadonlySet<string> =>
  scopes.size > 0 ? scopes : new Set(SCOPE_CATALOG.map(({ name }) => name));

export function PolicyForm({ policy, apps }: PolicyFormProps) {
  const { fields, set, save, submit } = usePolicyForm(policy);
  const violations = violationsOf(save.error);
  const scopeError = isWithoutScope(fields) ? words.noScope : violations.get('permitted_scopes');
  return (
    <form
      ref={useFocusFirstError(save.error)}
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      noValidate
    >
      <FieldGroup title={words.members} hint={words.membersHint}>
        <CheckChoice
          isChosen={fields.membersMayRequest}
          onChange={(membersMayRequest) => set({ membersMayRequest })}
          title={words.mayRequest}
          detail={words.mayRequestHint}
        />
      </FieldGroup>
      <FieldGroup title={words.apps} hint={words.appsHint}>
        <CheckChoice
          isChosen={fields.onlyVerifiedApps}
          onChange={(onlyVerifiedApps) => set({ onlyVerifiedApps })}
          title={words.verified}
          detail={words.verifiedHint}
        />
      </FieldGroup>
      <AppListField
        title={words.allowed}
        hint={words.allowedHint}
        error={violations.get('allowed_apps')}
        apps={apps}
        list={fields.allowed}
        onChange={(allowed) => set({ allowed })}
      />
      <AppListField
        title={words.blocked}
        hint={words.blockedHint}
        error={violations.get('blocked_apps')}
        apps={apps}
        list={fields.blocked}
        onChange={(blocked) => set({ blocked })}
      />
      <FieldGroup title={words.scopes} hint={words.scopesHint} error={scopeError}>
        <CheckChoice
          isChosen={fields.limitsScopes}
          onChange={(limitsScopes) => set({ limitsScopes, scopes: initialScopes(fields.scopes) })}
          title={words.limit}
          detail={words.limitHint}
        />
        {fields.limitsScopes && (
          <div className="scope-columns">
            <ScopeChoices scopes={SCOPE_CATALOG} chosen={fields.scopes} onChange={(scopes) => set({ scopes })} />
          </div>
        )}
      </FieldGroup>
      {save.error && <ErrorState error={save.error} title={text.errors.change} />}
      {save.isSuccess && (
        <Notice tone="good" title={words.saved} live="status">
          {words.savedBody}
        </Notice>
      )}
      <div className="form-buttons">
        <Button kind="primary" type="submit" isBusy={save.isPending} isDisabled={isWithoutScope(fields)}>
          {text.actions.save}
        </Button>
      </div>
    </form>
  );
}
