import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { text } from '../../text.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { type Change, ChangeState } from '../change-state.tsx';

interface EnableDialogProps {
  readonly hook: WebhookHook;
  readonly change: Change;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Says what is sent again and what is not, since the receiver may still be out of order. */
export function EnableDialog({ hook: { url }, change, onConfirm, onClose }: EnableDialogProps) {
  const words = text.hooks;
  return (
    <Dialog title={words.enableTitle} onClose={onClose}>
      <div className="plain-list">
        {url ? (
          <p>
            {words.enableBody} <code>{url}</code>
          </p>
        ) : (
          <p>{words.enableNoAddress}</p>
        )}
        <p>{words.enableMissed}</p>
      </div>
      <ChangeState change={change} />
      <div className="dialog-buttons">
        <Button onClick={onClose}>{text.actions.cancel}</Button>
        <Button kind="primary" isBusy={change.isPending} onClick={onConfirm}>
          {words.enableConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
