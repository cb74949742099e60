import type { ReactNode } from 'react';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { signInPath } from '../routing/paths.ts';
import { messageOf, reasonOf } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface EmptyStateProps {
  readonly title: ReactNode;
  readonly children: ReactNode;
}

export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <div className="empty-body">{children}</div>
    </div>
  );
}

interface ErrorStateProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** The title for errors that have none of their own. Their message is shown below it. */
  readonly title?: string;
}

/** Why a view could not be loaded or a change failed, and what to do. */
export function ErrorState({ error, onRetry, title = text.errors.outage }: ErrorStateProps) {
  switch (reasonOf(error)) {
    case ErrorReason.CALLER_UNAUTHENTICATED:
      return (
        <Notice tone="warning" title={text.errors.signedOut} live="alert">
          <a className="button button-primary" href={signInPath()}>
            {text.errors.signIn}
          </a>
        </Notice>
      );
    case ErrorReason.NOT_AN_ADMIN:
    case ErrorReason.NOT_FOUND:
      return <Notice tone="warning" title={messageOf(error)} live="alert" />;
    case ErrorReason.INVALID_FIELD:
      return <Notice tone="danger" title={text.errors.fields} live="alert" />;
    default:
      return (
        <Notice tone="danger" title={title} live="alert">
          <p>{messageOf(error)}</p>
          {onRetry && <Button onClick={onRetry}>{text.errors.retry}</Button>}
        </Notice>
      );
  }
}
