import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { ChangeState } from './change-state.tsx';
import { NarrowingDialog } from './narrowing-dialog.tsx';
import type { useAppChange } from './use-app-change.ts';

/** The end of a form that changes an app: how the change stands, the button, and the question before a cut. */
export function SaveBar({ change }: { readonly change: ReturnType<typeof useAppChange> }) {
  const { update, waiting, confirm, cancel } = change;
  return (
    <>
      <ChangeState change={update} />
      {update.isSuccess && (
        <Notice tone="good" title={text.appForm.saved} live="status">
          {text.appForm.savedBody}
        </Notice>
      )}
      <div className="form-buttons">
        <Button kind="primary" type="submit" isBusy={update.isPending}>
          {text.actions.save}
        </Button>
      </div>
      {waiting && <NarrowingDialog waiting={waiting} onConfirm={confirm} onClose={cancel} />}
    </>
  );
}
