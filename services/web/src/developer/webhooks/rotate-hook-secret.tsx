import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Button } from '../../ui/button.tsx';
import { NewSecret } from '../new-secret.tsx';
import { RotateDialog } from '../rotate-dialog.tsx';

/** Rotates the signing secret. A hook's first secret is never shown, so receivers can verify signatures only after a rotation. */
export function RotateHookSecret({ hook }: { readonly hook: WebhookHook }) {
  const words = developerText.hooks;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const rotate = useMutation(WebhookService.method.rotateHookSecret, { onSuccess: () => setDialogOpen(false) });
  return (
    <>
      <Button onClick={() => setDialogOpen(true)}>{words.rotate}</Button>
      {rotate.data && (
        <NewSecret
          title={words.newTitle}
          label={words.secret}
          secret={rotate.data.secret}
          previousExpiresAt={rotate.data.previousExpiresAt}
        />
      )}
      {isDialogOpen && (
        <RotateDialog
          title={words.rotateTitle}
          body={words.rotateBody}
          isBusy={rotate.isPending}
          error={rotate.error}
          onConfirm={(overlapSeconds) => rotate.mutate({ hookId: hook.id, overlapSeconds })}
          onClose={() => setDialogOpen(false)}
        />
      )}
    </>
  );
}
