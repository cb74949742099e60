import { useMutation } from '@connectrpc/connect-query';
import { type ReactNode, useId, useState } from 'react';
import { InstallRequestService } from '#gen/featureos/oauth/v1/install_request_service_pb.ts';
import { violationsOf } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { requestText } from '../text-requests.ts';
import { Button } from '../ui/button.tsx';
import { TextAreaField } from '../ui/field.tsx';
import { ErrorState } from '../ui/states.tsx';
import { useFocusFirstError } from '../ui/use-focus-first-error.ts';
import type { Parameters } from './parameters.ts';

interface RequestFormProps {
  readonly parameters: Parameters;
  readonly organizationId: bigint;
  readonly title: ReactNode;
  readonly onClose: () => void;
}

const words = requestText;

/** Asks the admins to install the app, with a note. */
export function RequestForm({ parameters, organizationId, title, onClose }: RequestFormProps) {
  const titleId = useId();
  const [note, setNote] = useState('');
  const send = useMutation(InstallRequestService.method.requestInstall);
  return (
    <form
      ref={useFocusFirstError(send.error)}
      aria-labelledby={titleId}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // onSuccess is called after the consent data has been fetched again, so that the page already shows the install request.
        if (!send.isPending)
          send.mutate({ parameters, targetOrganizationId: organizationId, note }, { onSuccess: onClose });
      }}
    >
      <h2 className="section-title" id={titleId}>
        {title}
      </h2>
      <p className="section-hint">{words.requestHint}</p>
      <TextAreaField
        label={words.note}
        hint={words.noteHint}
        error={violationsOf(send.error).get('note')}
        rows={3}
        isProse
        value={note}
        onChange={setNote}
      />
      {send.error && <ErrorState error={send.error} title={text.errors.change} />}
      <div className="form-buttons">
        <Button kind="primary" type="submit" isBusy={send.isPending}>
          {words.request}
        </Button>
        <Button onClick={onClose}>{text.actions.cancel}</Button>
      </div>
    </form>
  );
}
