import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Fill } from '../ui/fill.tsx';
import { Deadline, Moment } from '../ui/moment.tsx';
import { Tag } from '../ui/tag.tsx';
import { NewSecret } from './new-secret.tsx';
import { RotateDialog } from './rotate-dialog.tsx';

/** The secrets that authenticate an app, as far as they can be shown, and the way to a new one. */
export function SecretPanel({ app }: { readonly app: App }) {
  const words = text.secrets;
  const [isAsking, setAsking] = useState(false);
  const rotate = useMutation(AppService.method.rotateAppSecret, { onSuccess: () => setAsking(false) });
  return (
    <section className="card">
      <h2 className="section-title">{words.title}</h2>
      {rotate.data && (
        <NewSecret
          title={words.newTitle}
          label={text.appCreated.clientSecret}
          secret={rotate.data.clientSecret}
          previousExpiresAt={rotate.data.previousExpiresAt}
        />
      )}
      <ul className="plain-list secrets">
        {app.secrets.map(({ hint, createdAt, expiresAt }) => (
          <li key={hint} className="secret">
            <code>…{hint}</code>
            {createdAt && (
              <span className="muted">
                <Fill text={words.created} when={<Moment at={createdAt} />} />
              </span>
            )}
            {expiresAt ? (
              <Tag tone="warning">
                <Fill text={words.expires} when={<Deadline at={expiresAt} />} />
              </Tag>
            ) : (
              <Tag tone="good">{words.current}</Tag>
            )}
          </li>
        ))}
      </ul>
      <Button onClick={() => setAsking(true)}>{words.rotate}</Button>
      {isAsking && (
        <RotateDialog
          title={words.rotateTitle}
          body={words.rotateBody}
          isBusy={rotate.isPending}
          error={rotate.error}
          onConfirm={(overlapSeconds) => rotate.mutate({ clientId: app.clientId, overlapSeconds })}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
