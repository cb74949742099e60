import type { ReactNode } from 'react';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';

interface DisconnectDialogProps {
  readonly appName: string;
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function DisconnectDialog({ appName, children, onConfirm, onClose }: DisconnectDialogProps) {
  const words = text.installs;
  return (
    <Dialog title={<Interpolate text={words.disconnectTitle} app={<Name>{appName}</Name>} />} onClose={onClose}>
      <p>{children}</p>
      <div className="dialog-buttons">
        <Button onClick={onClose}>{text.actions.cancel}</Button>
        <Button kind="danger" onClick={onConfirm}>
          {words.disconnect}
        </Button>
      </div>
    </Dialog>
  );
}
