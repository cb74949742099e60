import { useQuery } from '@connectrpc/connect-query';
import { type FormEvent, useState } from 'react';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { type Mutation, MutationStatus } from './mutation-status.tsx';

interface DeleteDialogProps {
  readonly app: App;
  readonly deletion: Mutation;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Explains what stops working, and requires the app's name to be typed so that no app is deleted by accident. */
export function DeleteDialog({ app, deletion, onConfirm, onClose }: DeleteDialogProps) {
  const words = developerText.deletion;
  const [typed, setTyped] = useState('');
  const isConfirmed = typed.trim() === app.name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isConfirmed && !deletion.isPending) onConfirm();
  };
  return (
    <Dialog title={<Interpolate text={words.dialogTitle} app={<Name>{app.name}</Name>} />} onClose={onClose}>
      <form onSubmit={submit}>
        <p>{words.breaks}</p>
        <ul className="bullets">
          <li>
            <InstallCount clientId={app.clientId} />
          </li>
          <li>{words.breaksSecrets}</li>
          <li>{words.breaksLinks}</li>
        </ul>
        <TextField label={words.confirmLabel} value={typed} onChange={setTyped} />
        <MutationStatus mutation={deletion} />
        <div className="dialog-buttons">
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="danger" type="submit" isBusy={deletion.isPending} isDisabled={!isConfirmed}>
            {words.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function InstallCount({ clientId }: { readonly clientId: string }) {
  const { data } = useQuery(AppService.method.listAppInstalls, { clientId, perPage: 1 });
  return data === undefined ? text.states.loading : developerText.deletion.breaksInstalls(data.activeCount);
}
