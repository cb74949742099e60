import type { WebhookDelivery } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { describeEvent } from '../../scopes/describe.ts';
import { developerText } from '../../text-developer.ts';
import { Name } from '../../ui/name.tsx';
import { RelativeTime } from '../../ui/time.tsx';
import { DeliveryDetails } from './delivery-details.tsx';
import { DeliveryStatusTag } from './delivery-status.tsx';

/** One delivery, which expands to its details. */
export function DeliveryRow({ delivery }: { readonly delivery: WebhookDelivery }) {
  const { eventType, organization, createdAt, attempts, status } = delivery;
  return (
    <details className="delivery">
      <summary className="delivery-summary">
        <span className="delivery-event">
          <span>
            {describeEvent(eventType)} <code className="muted">{eventType}</code>
          </span>
          <span className="muted">
            <Name>{organization?.name ?? ''}</Name>
          </span>
        </span>
        <span className="list-fact muted">{createdAt && <RelativeTime at={createdAt} />}</span>
        <span className="list-fact muted">{developerText.deliveries.attempts(attempts.length)}</span>
        <span className="delivery-status">
          <DeliveryStatusTag status={status} />
        </span>
      </summary>
      <DeliveryDetails delivery={delivery} />
    </details>
  );
}
