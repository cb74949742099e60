import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService, type RotateAppSecretResponse } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { CodeValue } from '../ui/code-value.tsx';
import { Fill } from '../ui/fill.tsx';
import { Deadline, Moment } from '../ui/moment.tsx';
import { Notice } from '../ui/notice.tsx';
import { Tag } from '../ui/tag.tsx';
import { RotateDialog } from './rotate-dialog.tsx';

/** The secrets that authenticate an app, as far as they can be shown, and the way to a new one. */
export function SecretPanel({ app }: { readonly app: App }) {
  const words = text.secrets;
  const [isAsking, setAsking] = useState(false);
  const rotate = useMutation(AppService.method.rotateAppSecret, { onSuccess: () => setAsking(false) });
  return (
    <section className="card">
      <h2 className="section-title">{words.title}</h2>
      {rotate.data && <NewSecret answer={rotate.data} />}
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
          isBusy={rotate.isPending}
          error={rotate.error}
          onConfirm={(overlapSeconds) => rotate.mutate({ clientId: app.clientId, overlapSeconds })}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

function NewSecret({ answer: { clientSecret, previousExpiresAt } }: { readonly answer: RotateAppSecretResponse }) {
  const words = text.secrets;
  return (
    <Notice tone="good" title={words.newTitle} live="status">
      <p>{text.appCreated.secretBody}</p>
      <CodeValue label={text.appCreated.clientSecret} value={clientSecret} />
      <p>
        {previousExpiresAt && stillWorks(previousExpiresAt) ? (
          <Fill text={words.previousUntil} when={<Deadline at={previousExpiresAt} />} />
        ) : (
          words.previousEnded
        )}
      </p>
    </Notice>
  );
}

const stillWorks = (until: Timestamp): boolean => timestampMs(until) > Date.now();
