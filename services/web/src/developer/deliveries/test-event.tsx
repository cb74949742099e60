import { useMutation } from '@connectrpc/connect-query';
import { useId, useState } from 'react';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import type { AppViewProps } from '../app-view.ts';
import { MutationStatus } from '../mutation-status.tsx';

/** Sends a test event to the app's own hook. Nothing is shown if the app has no webhook URL or subscribes to no event. */
export function TestEvent({ app }: Pick<AppViewProps, 'app'>) {
  const words = developerText.deliveries;
  const hint = useId();
  const events = app.subscribedWebhookEvents;
  const [type, setType] = useState(events[0] ?? '');
  const send = useMutation(WebhookService.method.sendTestEvent);
  if (app.webhookUrl === '' || events.length === 0) return null;
  return (
    <>
      <div className="filters">
        <SelectField
          label={words.testEvent}
          value={type}
          onChange={setType}
          options={events.map((event) => ({ value: event, label: event }))}
        />
        <Button
          isBusy={send.isPending}
          describedBy={hint}
          onClick={() => send.mutate({ clientId: app.clientId, type })}
        >
          {words.sendTest}
        </Button>
      </div>
      <p className="muted" id={hint}>
        {words.testHint}
      </p>
      <MutationStatus mutation={send} />
      {send.isSuccess && <Notice tone="good" title={words.testSent} live="status" />}
    </>
  );
}
