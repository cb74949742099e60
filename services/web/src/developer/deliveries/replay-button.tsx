import { useMutation } from '@connectrpc/connect-query';
import { useId } from 'react';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { MutationStatus } from '../mutation-status.tsx';

/** Replays at once, without a confirmation: receivers must handle duplicates, so a replay does no harm. */
export function ReplayButton({ deliveryId }: { readonly deliveryId: string }) {
  const words = developerText.deliveries;
  const hint = useId();
  const replay = useMutation(WebhookService.method.replayDelivery);
  return (
    <>
      <MutationStatus mutation={replay} />
      {replay.isSuccess && <Notice tone="good" title={words.replayed} live="status" />}
      <Button isBusy={replay.isPending} describedBy={hint} onClick={() => replay.mutate({ deliveryId })}>
        {words.replay}
      </Button>
      <p className="muted" id={hint}>
        {words.replayHint}
      </p>
    </>
  );
}
