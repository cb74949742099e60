import { type FormEvent, useState } from 'react';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { violationsOf } from '../../rpc/errors.ts';
import { EventChoices } from '../../scopes/event-choices.tsx';
import { text } from '../../text.ts';
import { developerText } from '../../text-developer.ts';
import { TextField } from '../../ui/field.tsx';
import { FieldGroup } from '../../ui/field-group.tsx';
import { useFocusFirstError } from '../../ui/use-focus-first-error.ts';
import { SaveBar } from '../save-bar.tsx';
import { useAppUpdate } from '../use-app-update.ts';

/** The webhook URL and the subscribed events. */
export function WebhookForm({ app }: { readonly app: App }) {
  const words = developerText.webhooks;
  const [url, setUrl] = useState(app.webhookUrl);
  const [events, setEvents] = useState<ReadonlySet<string>>(new Set(app.subscribedWebhookEvents));
  const update = useAppUpdate(app);
  const violations = violationsOf(update.mutation.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const subscribed = [...events];
    update.submit(
      { clientId: app.clientId, webhookUrl: url.trim(), subscribedWebhookEvents: { values: subscribed } },
      { ...app, subscribedWebhookEvents: subscribed },
    );
  };
  return (
    <form ref={useFocusFirstError(update.mutation.error)} className="card form" onSubmit={submit} noValidate>
      <TextField
        label={words.url}
        hint={words.urlHint}
        error={violations.get('webhook_url')}
        type="url"
        value={url}
        onChange={setUrl}
      />
      <FieldGroup title={words.events} hint={words.eventsHint} error={violations.get('subscribed_webhook_events')}>
        <EventChoices events={Object.keys(text.events)} chosen={events} onChange={setEvents} />
      </FieldGroup>
      <FieldGroup title={words.lifecycle} hint={words.lifecycleHint}>
        <EventChoices events={Object.keys(text.lifecycleEvents)} chosen={events} onChange={setEvents} />
      </FieldGroup>
      <SaveBar update={update} />
    </form>
  );
}
