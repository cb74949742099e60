import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { InstallRequest } from '#gen/featureos/oauth/v1/install_request_pb.ts';
import { InstallRequestService } from '#gen/featureos/oauth/v1/install_request_service_pb.ts';
import { violationsOf } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { requestText } from '../text-requests.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextAreaField } from '../ui/field.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { ErrorState } from '../ui/states.tsx';
import { useFocusFirstError } from '../ui/use-focus-first-error.ts';

interface DismissDialogProps {
  readonly request: InstallRequest;
  readonly onClose: () => void;
}

export function DismissDialog({ request, onClose }: DismissDialogProps) {
  const words = requestText;
  const [reason, setReason] = useState('');
  const dismiss = useMutation(InstallRequestService.method.dismissInstallRequest);
  return (
    <Dialog title={words.dismissTitle} onClose={onClose}>
      <form
        ref={useFocusFirstError(dismiss.error)}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!dismiss.isPending) dismiss.mutate({ requestId: request.id, reason });
        }}
      >
        <p>
          <Interpolate
            text={words.dismissBody}
            person={<Name>{request.requestedByName}</Name>}
            app={<Name>{request.appName}</Name>}
          />
        </p>
        <TextAreaField
          label={words.reason}
          error={violationsOf(dismiss.error).get('reason')}
          rows={3}
          isProse
          value={reason}
          onChange={setReason}
        />
        {dismiss.error && <ErrorState error={dismiss.error} title={text.errors.change} />}
        <div className="dialog-buttons">
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="danger" type="submit" isBusy={dismiss.isPending}>
            {words.dismiss}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
