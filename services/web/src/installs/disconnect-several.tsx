import { useState } from 'react';
import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Name } from '../ui/name.tsx';

interface DisconnectSeveralProps {
  readonly selected: readonly Install[];
  readonly onConfirm: () => void;
}

export function DisconnectSeveral({ selected, onConfirm }: DisconnectSeveralProps) {
  const words = text.installs;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const close = () => setDialogOpen(false);
  const confirm = () => {
    close();
    onConfirm();
  };
  return (
    <>
      <Button kind="danger" isDisabled={selected.length === 0} onClick={() => setDialogOpen(true)}>
        {selected.length === 0 ? words.disconnect : words.disconnectSeveral(selected.length)}
      </Button>
      {isDialogOpen && (
        <Dialog title={`${words.disconnectSeveral(selected.length)}?`} onClose={close}>
          <ul className="bullets">
            {selected.map(({ id, appName }) => (
              <li key={id}>
                <Name>{appName}</Name>
              </li>
            ))}
          </ul>
          <p>{words.disconnectSeveralBody}</p>
          <div className="dialog-buttons">
            <Button onClick={close}>{text.actions.cancel}</Button>
            <Button kind="danger" onClick={confirm}>
              {words.disconnectSeveral(selected.length)}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
