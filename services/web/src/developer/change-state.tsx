import { isPropagating } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { Notice } from '../ui/notice.tsx';
import { ErrorState } from '../ui/states.tsx';

/** A change of an app under way, as useMutation() tells of it. */
export interface Change {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly failureReason: unknown;
  readonly failureCount: number;
}

/** Why a change was not made, or that it is made and not effective everywhere yet. Nothing, where all is well. */
export function ChangeState({ change }: { readonly change: Change }) {
  if (isPropagating(change.failureReason)) {
    return (
      <Notice tone="warning" title={text.propagation.pending} live="status">
        <p>{text.propagation.pendingBody}</p>
        <p className="muted">{text.propagation.attempts(change.failureCount)}</p>
      </Notice>
    );
  }
  return change.error ? <ErrorState error={change.error} title={text.errors.change} /> : null;
}
