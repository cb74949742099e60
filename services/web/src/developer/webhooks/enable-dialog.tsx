import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { text } from '../../text.ts';
import { developerText } from '../../text-developer.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { type Mutation, MutationStatus } from '../mutation-status.tsx';

interface EnableDialogProps {
  readonly hook: WebhookHook;
  readonly mutation: Mutation;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Explains which events are sent once the hook is enabled, and which are not. */
export function EnableDialog({ hook: { url }, mutation, onConfirm, onClose }: EnableDialogProps) {
  const words = developerText.hooks;
  return (
    <Dialog title={words.enableTitle} onClose={onClose}>
      <div className="plain-list">
        {url ? (
          <p>
            {words.enableBody} <code>{url}</code>
          </p>
        ) : (
          <p>{words.enableNoUrl}</p>
        )}
        <p>{words.enableReplay}</p>
      </div>
      <MutationStatus mutation={mutation} />
      <div className="dialog-buttons">
        <Button onClick={onClose}>{text.actions.cancel}</Button>
        <Button kind="primary" isBusy={mutation.isPending} onClick={onConfirm}>
          {words.enableConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
