import { useMutation } from '@connectrpc/connect-query';
import { useId } from 'react';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { text } from '../../text.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ChangeState } from '../change-state.tsx';

/** Needs no question first: a receiver has to cope with what comes twice, and nothing is lost. */
export function ReplayButton({ deliveryId }: { readonly deliveryId: string }) {
  const words = text.deliveries;
  const hint = useId();
  const replay = useMutation(WebhookService.method.replayDelivery);
  return (
    <>
      <ChangeState change={replay} />
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
