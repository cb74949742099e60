import { useState } from 'react';
import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/field.tsx';
import { ErrorState } from '../ui/states.tsx';

interface RotateDialogProps {
  readonly title: string;
  readonly body: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: (overlapSeconds: number) => void;
  readonly onClose: () => void;
}

/** One day, which leaves enough time to deploy the new secret. */
const DEFAULT_OVERLAP_SECONDS = '86400';

export function RotateDialog({ title, body, isBusy, error, onConfirm, onClose }: RotateDialogProps) {
  const words = developerText.secrets;
  const [overlap, setOverlap] = useState(DEFAULT_OVERLAP_SECONDS);
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{body}</p>
      <SelectField label={words.overlap} value={overlap} onChange={setOverlap} options={words.overlaps} />
      {error !== null && <ErrorState error={error} title={text.errors.change} />}
      <div className="dialog-buttons">
        <Button onClick={onClose}>{text.actions.cancel}</Button>
        <Button kind="primary" isBusy={isBusy} onClick={() => onConfirm(Number(overlap))}>
          {words.rotateConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
