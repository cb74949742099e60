import { type WebhookDelivery, WebhookDeliveryStatus } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { developerText } from '../../text-developer.ts';
import { CodeValue } from '../../ui/code-value.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { DateTime } from '../../ui/time.tsx';
import { AttemptList } from './attempt-list.tsx';
import { ReplayButton } from './replay-button.tsx';
import { isAttemptDue } from './use-deliveries.ts';

export function DeliveryDetails({ delivery }: { readonly delivery: WebhookDelivery }) {
  const words = developerText.deliveries;
  const { id, status, nextAttemptAt, attempts } = delivery;
  return (
    <div className="delivery-body">
      {status === WebhookDeliveryStatus.CANCELLED && <p>{words.cancelled}</p>}
      <CodeValue label={words.id} value={id} />
      <Facts>
        {nextAttemptAt && (
          <Fact name={words.next}>{isAttemptDue(delivery) ? words.nextNow : <DateTime at={nextAttemptAt} />}</Fact>
        )}
        <Fact name={words.attemptsTitle}>
          <AttemptList attempts={attempts} />
        </Fact>
      </Facts>
      <ReplayButton deliveryId={id} />
    </div>
  );
}
