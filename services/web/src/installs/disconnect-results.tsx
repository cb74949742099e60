import { useMutation } from '@connectrpc/connect-query';
import { useEffect } from 'react';
import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { isPropagating, messageOf } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Name } from '../ui/name.tsx';

/** Disconnects each install by its own call, and shows the progress and result of each. */
export function DisconnectResults({ installs }: { readonly installs: readonly Install[] }) {
  if (installs.length === 0) return null;
  return (
    <section className="card" aria-label={text.installs.results}>
      <ul className="plain-list" aria-live="polite">
        {installs.map((install) => (
          <DisconnectResult key={install.id} install={install} />
        ))}
      </ul>
    </section>
  );
}

function DisconnectResult({ install: { id, appName } }: { readonly install: Install }) {
  const { mutate, ...progress } = useMutation(InstallService.method.disconnect);
  useEffect(() => mutate({ installId: id }), [mutate, id]);
  return (
    <li className="list-actions">
      <Name>{appName}</Name>
      <span className="muted">{describe(progress)}</span>
      {progress.error !== null && <Button onClick={() => mutate({ installId: id })}>{text.errors.retry}</Button>}
    </li>
  );
}

interface Progress {
  readonly isSuccess: boolean;
  readonly error: unknown;
  readonly failureReason: unknown;
}

function describe({ isSuccess, error, failureReason }: Progress): string {
  const words = text.installs;
  if (isSuccess) return words.disconnectedTitle;
  if (error) return messageOf(error);
  return isPropagating(failureReason) ? words.pendingTitle : words.disconnectWorking;
}
