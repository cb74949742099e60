import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { text } from '../../text.ts';
import { Button } from '../../ui/button.tsx';
import { NewSecret } from '../new-secret.tsx';
import { RotateDialog } from '../rotate-dialog.tsx';

/** The way to a signing secret: the first one was never shown, so this is also how an owner gets theirs. */
export function RotateHookSecret({ hook }: { readonly hook: WebhookHook }) {
  const words = text.hooks;
  const [isAsking, setAsking] = useState(false);
  const rotate = useMutation(WebhookService.method.rotateHookSecret, { onSuccess: () => setAsking(false) });
  return (
    <>
      <Button onClick={() => setAsking(true)}>{words.rotate}</Button>
      {rotate.data && (
        <NewSecret
          title={words.newTitle}
          label={words.secret}
          secret={rotate.data.secret}
          previousExpiresAt={rotate.data.previousExpiresAt}
        />
      )}
      {isAsking && (
        <RotateDialog
          title={words.rotateTitle}
          body={words.rotateBody}
          isBusy={rotate.isPending}
          error={rotate.error}
          onConfirm={(overlapSeconds) => rotate.mutate({ hookId: hook.id, overlapSeconds })}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
