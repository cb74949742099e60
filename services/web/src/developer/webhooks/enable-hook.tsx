import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { text } from '../../text.ts';
import { Button } from '../../ui/button.tsx';
import { Fill } from '../../ui/fill.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';
import { EnableDialog } from './enable-dialog.tsx';

/** Why a hook is disabled, and the way back. Nothing, where it is enabled and always was. */
export function EnableHook({ hook }: { readonly hook: WebhookHook }) {
  const words = text.hooks;
  const [isAsking, setAsking] = useState(false);
  const enable = useMutation(WebhookService.method.enableHook, { onSuccess: () => setAsking(false) });
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
        title={hook.disabledAt && <Fill text={words.disabledTitle} when={<Moment at={hook.disabledAt} />} />}
      >
        <p>{words.disabledBody}</p>
        <Button onClick={() => setAsking(true)}>{words.enable}</Button>
      </Notice>
      {isAsking && (
        <EnableDialog
          hook={hook}
          change={enable}
          onConfirm={() => enable.mutate({ hookId: hook.id })}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
