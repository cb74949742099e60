import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Tag } from '../ui/tag.tsx';
import { DateTime, RelativeTime } from '../ui/time.tsx';
import { NewSecret } from './new-secret.tsx';
import { RotateDialog } from './rotate-dialog.tsx';

/** The valid client secrets of an app, shown by their last characters, with a button to rotate the current one. */
export function SecretPanel({ app }: { readonly app: App }) {
  const words = developerText.secrets;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const rotate = useMutation(AppService.method.rotateAppSecret, { onSuccess: () => setDialogOpen(false) });
  return (
    <section className="card">
      <h2 className="section-title">{words.title}</h2>
      {rotate.data && (
        <NewSecret
          title={words.newTitle}
          label={developerText.appCreated.clientSecret}
          secret={rotate.data.clientSecret}
          previousExpiresAt={rotate.data.previousExpiresAt}
        />
      )}
      <ul className="plain-list secrets">
        {app.secrets.map(({ hint, createdAt, lastUsedAt, expiresAt }) => (
          <li key={hint} className="secret">
            <code>…{hint}</code>
            {createdAt && (
              <span className="muted">
                <Interpolate text={words.created} when={<RelativeTime at={createdAt} />} />
              </span>
            )}
            <span className="muted">
              {lastUsedAt ? <Interpolate text={words.used} when={<RelativeTime at={lastUsedAt} />} /> : words.neverUsed}
            </span>
            {expiresAt ? (
              <Tag tone="warning">
                <Interpolate text={words.expires} when={<DateTime at={expiresAt} />} />
              </Tag>
            ) : (
              <Tag tone="good">{words.current}</Tag>
            )}
          </li>
        ))}
      </ul>
      <Button onClick={() => setDialogOpen(true)}>{words.rotate}</Button>
      {isDialogOpen && (
        <RotateDialog
          title={words.rotateTitle}
          body={words.rotateBody}
          isBusy={rotate.isPending}
          error={rotate.error}
          onConfirm={(overlapSeconds) => rotate.mutate({ clientId: app.clientId, overlapSeconds })}
          onClose={() => setDialogOpen(false)}
        />
      )}
    </section>
  );
}
