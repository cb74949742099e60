import { useCallback, useEffect, useState } from 'react';
import { issuer } from '../routing/issuer.ts';
import { actorName, describeActor } from '../scopes/actor-modes.ts';
import { describeScope } from '../scopes/describe.ts';
import { ScopeChoices } from '../scopes/scope-choices.tsx';
import { useSandboxOf } from '../shell/sandboxes.ts';
import { developerText } from '../text-developer.ts';
import { SelectField } from '../ui/field.tsx';
import { FieldGroup } from '../ui/field-group.tsx';
import { CardSkeleton } from '../ui/skeleton.tsx';
import type { AppViewProps } from './app-view.ts';
import { newRequestSecrets, type RequestSecrets } from './authorize-link.ts';
import { SandboxPanel } from './sandbox-panel.tsx';
import { TryItResult } from './try-it-result.tsx';

/** The values of the field that says where to connect the app. */
const SANDBOX = 'sandbox';
const CHOSEN_LATER = '';

/** Builds an authorization link as the app would, and shows how the app would exchange the code. */
export function TryIt({ app, organization }: AppViewProps) {
  const words = developerText.tryIt;
  const [redirectUri, setRedirectUri] = useState(app.redirectUris[0] ?? '');
  const sandbox = useSandboxOf(organization);
  const [target, setTarget] = useState(SANDBOX);
  const [actor, setActor] = useState(String(app.allowedActorModes[0]));
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set(app.declaredScopes));
  const [secrets, setSecrets] = useState<RequestSecrets>();
  const renew = useCallback(async () => setSecrets(await newRequestSecrets()), []);
  useEffect(() => {
    void renew();
  }, [renew]);
  const mode = app.allowedActorModes.find((candidate) => String(candidate) === actor) ?? app.allowedActorModes[0];
  return (
    <div className="stack">
      <p className="lead">{words.lead}</p>
      <div className="columns columns-even">
        <section className="card" aria-label={words.title}>
          <SelectField
            label={words.redirectUri}
            value={redirectUri}
            onChange={setRedirectUri}
            options={app.redirectUris.map((uri) => ({ value: uri, label: uri }))}
          />
          {sandbox && (
            <SelectField
              label={words.target}
              value={target}
              onChange={setTarget}
              options={[
                { value: SANDBOX, label: sandbox.name },
                { value: CHOSEN_LATER, label: words.chosenLater },
              ]}
            />
          )}
          <SelectField
            label={words.actor}
            value={actor}
            onChange={setActor}
            options={app.allowedActorModes.map((each) => ({ value: String(each), label: describeActor(each) }))}
          />
          <FieldGroup title={words.scopes} hint={words.noScopes}>
            <ScopeChoices scopes={app.declaredScopes.map(describeScope)} chosen={scopes} onChange={setScopes} />
          </FieldGroup>
        </section>
        {secrets === undefined || mode === undefined ? (
          <CardSkeleton />
        ) : (
          <TryItResult
            fields={{
              issuer: issuer(),
              clientId: app.clientId,
              redirectUri,
              prefersSandbox: sandbox !== undefined && target === SANDBOX,
              actor: actorName(mode),
              scopes: app.declaredScopes.filter((name) => scopes.has(name)),
            }}
            secrets={secrets}
            onRenew={renew}
          />
        )}
      </div>
      <SandboxPanel owner={organization} />
    </div>
  );
}
