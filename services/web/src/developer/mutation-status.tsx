import { isPropagating } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { Notice } from '../ui/notice.tsx';
import { ErrorState } from '../ui/states.tsx';

/** What useMutation() returns about the state of a change. */
export interface Mutation {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly failureReason: unknown;
  readonly failureCount: number;
}

/** Why a change failed, or that it is saved but not effective everywhere yet. Renders nothing otherwise. */
export function MutationStatus({ mutation }: { readonly mutation: Mutation }) {
  if (isPropagating(mutation.failureReason)) {
    return (
      <Notice tone="warning" title={text.propagation.pending} live="status">
        <p>{text.propagation.pendingBody}</p>
        <p className="muted">{text.propagation.attempts(mutation.failureCount)}</p>
      </Notice>
    );
  }
  return mutation.error ? <ErrorState error={mutation.error} title={text.errors.change} /> : null;
}
