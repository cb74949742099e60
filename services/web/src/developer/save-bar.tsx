import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { MutationStatus } from './mutation-status.tsx';
import { NarrowingDialog } from './narrowing-dialog.tsx';
import type { useAppUpdate } from './use-app-update.ts';

/** The end of a form that updates an app: the result of the update, the save button, and the dialog before a loss of access. */
export function SaveBar({ update }: { readonly update: ReturnType<typeof useAppUpdate> }) {
  const { mutation, pending, confirm, cancel } = update;
  return (
    <>
      <MutationStatus mutation={mutation} />
      {mutation.isSuccess && (
        <Notice tone="good" title={developerText.appForm.saved} live="status">
          {developerText.appForm.savedBody}
        </Notice>
      )}
      <div className="form-buttons">
        <Button kind="primary" type="submit" isBusy={mutation.isPending}>
          {text.actions.save}
        </Button>
      </div>
      {pending && <NarrowingDialog update={pending} onConfirm={confirm} onClose={cancel} />}
    </>
  );
}
