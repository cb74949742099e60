import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Button } from '../../ui/button.tsx';
import { Interpolate } from '../../ui/interpolate.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/time.tsx';
import { EnableDialog } from './enable-dialog.tsx';

/**
 * For a disabled hook: the reason, and a button that opens the dialog to enable it. After it was enabled here: a confirmation.
 * Otherwise nothing.
 */
export function EnableHook({ hook }: { readonly hook: WebhookHook }) {
  const words = developerText.hooks;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const enable = useMutation(WebhookService.method.enableHook, { onSuccess: () => setDialogOpen(false) });
  if (hook.enabled) {
    return enable.isSuccess ? (
      <Notice tone="good" title={words.enabledNow} live="status">
        {words.enabledNowBody}
      </Notice>
    ) : null;
  }
  return (
    <>
      <Notice
        tone="danger"
        title={
          hook.disabledAt && <Interpolate text={words.disabledTitle} when={<RelativeTime at={hook.disabledAt} />} />
        }
      >
        <p>{words.disabledBody}</p>
        <Button onClick={() => setDialogOpen(true)}>{words.enable}</Button>
      </Notice>
      {isDialogOpen && (
        <EnableDialog
          hook={hook}
          mutation={enable}
          onConfirm={() => enable.mutate({ hookId: hook.id })}
          onClose={() => setDialogOpen(false)}
        />
      )}
    </>
  );
}
