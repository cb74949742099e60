import type { Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { isPropagating, messageOf } from '../rpc/errors.ts';
import { limitCalls } from '../rpc/limit-calls.ts';
import { queryClient } from '../rpc/query-client.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Name } from '../ui/name.tsx';
import type { Disconnect, DisconnectedInstall } from './disconnects.ts';

const MAX_CALLS = 4;

/** Limits attempts, not disconnects, so that a disconnect that is retried for a long time does not block others. */
const limit = limitCalls(MAX_CALLS, () => void queryClient.invalidateQueries());

export type DisconnectCall = (transport: Transport, installId: string) => Promise<unknown>;

interface DisconnectResultsProps {
  readonly disconnects: readonly Disconnect[];
  readonly call: DisconnectCall;
}

/** Disconnects each install with its own call; shows its progress and result. Takes the focus on a new batch and on a retry. */
export function DisconnectResults({ disconnects, call }: DisconnectResultsProps) {
  const section = useRef<HTMLElement>(null);
  const takeFocus = () => section.current?.focus();
  useEffect(() => {
    if (disconnects.length > 0) section.current?.focus();
  }, [disconnects]);
  return (
    // Mounted before the first result, because screen readers announce only changes.
    <div aria-live="polite">
      {disconnects.length > 0 && (
        <section ref={section} tabIndex={-1} className="card results" aria-label={text.installs.results}>
          <ul className="plain-list">
            {disconnects.map(({ install, batch }) => (
              <DisconnectResult key={`${batch} ${install.id}`} install={install} call={call} onRetry={takeFocus} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface DisconnectResultProps {
  readonly install: DisconnectedInstall;
  readonly call: DisconnectCall;
  /** Called before the button that was pressed is removed. */
  readonly onRetry: () => void;
}

function DisconnectResult({ install: { id, appName }, call, onRetry }: DisconnectResultProps) {
  const transport = useTransport();
  const { mutate, ...progress } = useMutation({
    mutationFn: () => limit(() => call(transport, id)),
    // Overrides the default, because `limit` invalidates the queries when no call is left.
    onSettled: () => {},
  });
  useEffect(() => mutate(), [mutate]);
  const retry = () => {
    onRetry();
    mutate();
  };
  return (
    <li className="list-actions">
      <Name>{appName}</Name>
      <span className="muted">{describe(progress)}</span>
      {progress.error !== null && <Button onClick={retry}>{text.errors.retry}</Button>}
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
