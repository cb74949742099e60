import { type FormEvent, useState } from 'react';
import { addresses } from '../routing/addresses.ts';
import { Link } from '../routing/link.tsx';
import { violationsOf } from '../rpc/errors.ts';
import { describeScope, WEBHOOK_SCOPE } from '../scopes/describe.ts';
import { EventChoices } from '../scopes/event-choices.tsx';
import { text } from '../text.ts';
import { ChoiceGroup } from '../ui/choice-group.tsx';
import { TextField } from '../ui/field.tsx';
import { EmptyState } from '../ui/states.tsx';
import { useFirstMistake } from '../ui/use-first-mistake.ts';
import type { AppViewProps } from './app-view.ts';
import { SaveBar } from './save-bar.tsx';
import { useAppChange } from './use-app-change.ts';

export function WebhookSettings({ app, organization }: AppViewProps) {
  const words = text.webhooks;
  return (
    <div className="stack">
      <p className="lead">{words.lead}</p>
      {app.declaredScopes.includes(WEBHOOK_SCOPE) ? (
        <WebhookForm app={app} />
      ) : (
        <EmptyState title={words.needsScope}>
          <p>{words.needsScopeBody.replace('{scope}', describeScope(WEBHOOK_SCOPE).description)}</p>
          <Link to={addresses.appPart(organization.subdomain, app.clientId, 'edit')} className="button button-quiet">
            {words.needsScopeAction}
          </Link>
        </EmptyState>
      )}
      <section>
        <h2 className="section-title">{words.log}</h2>
        <EmptyState title={words.logEmpty}>{words.logEmptyBody}</EmptyState>
      </section>
    </div>
  );
}

function WebhookForm({ app }: Pick<AppViewProps, 'app'>) {
  const words = text.webhooks;
  const [url, setUrl] = useState(app.webhookUrl);
  const [events, setEvents] = useState<ReadonlySet<string>>(new Set(app.subscribedWebhookEvents));
  const change = useAppChange(app);
  const violations = violationsOf(change.update.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const subscribed = [...events];
    change.change(
      { clientId: app.clientId, webhookUrl: url.trim(), subscribedWebhookEvents: { values: subscribed } },
      { ...app, subscribedWebhookEvents: subscribed },
    );
  };
  return (
    <form ref={useFirstMistake(change.update.error)} className="card form" onSubmit={submit} noValidate>
      <TextField
        label={words.url}
        hint={words.urlHint}
        error={violations.get('webhook_url')}
        type="url"
        value={url}
        onChange={setUrl}
      />
      <ChoiceGroup title={words.events} hint={words.eventsHint} error={violations.get('subscribed_webhook_events')}>
        <EventChoices events={Object.keys(text.events)} chosen={events} onChange={setEvents} />
      </ChoiceGroup>
      <SaveBar change={change} />
    </form>
  );
}
