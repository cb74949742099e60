import { ProfileSummary } from '../profile/profile-summary.tsx';
import { describeActor } from '../scopes/actor-modes.ts';
import { ScopeList } from '../scopes/scope-list.tsx';
import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { CodeValue } from '../ui/code-value.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { RelativeTime } from '../ui/time.tsx';
import type { AppViewProps } from './app-view.ts';
import { DeletePanel } from './delete-panel.tsx';
import { SecretPanel } from './secret-panel.tsx';

export function AppOverview({ app, organization }: AppViewProps) {
  const words = developerText.apps;
  return (
    <div className="columns">
      <div className="stack">
        <section className="card" aria-label={words.overview}>
          <CodeValue label={text.installs.clientId} value={app.clientId} />
          <Facts>
            <Fact name={words.redirectUris}>
              <ul className="plain-list">
                {app.redirectUris.map((uri) => (
                  <li key={uri}>
                    <code>{uri}</code>
                  </li>
                ))}
              </ul>
            </Fact>
            <Fact name={words.modes}>{app.allowedActorModes.map(describeActor).join(' · ')}</Fact>
            <Fact name={words.pkce}>{app.requirePkce ? words.pkceRequired : words.pkceOptional}</Fact>
            <Fact name={words.registered}>{app.createdAt && <RelativeTime at={app.createdAt} />}</Fact>
            <Fact name={words.changed}>{app.updatedAt && <RelativeTime at={app.updatedAt} />}</Fact>
          </Facts>
        </section>
        <section className="card">
          <h2 className="section-title">{words.profile}</h2>
          <ProfileSummary profile={app} owner={organization.name} />
        </section>
        <SecretPanel app={app} />
      </div>
      <div className="stack">
        <section className="card">
          <h2 className="section-title">{words.scopes}</h2>
          <ScopeList names={app.declaredScopes} />
        </section>
        <DeletePanel app={app} organization={organization} />
      </div>
    </div>
  );
}
