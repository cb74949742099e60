import { WebhookDeliveryStatus } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Tag } from '../../ui/tag.tsx';

const { PENDING, SUCCEEDED, FAILED, CANCELLED } = WebhookDeliveryStatus;
const words = developerText.deliveries.statuses;

export const STATUSES = [
  { status: PENDING, label: words.pending, tone: 'plain' },
  { status: SUCCEEDED, label: words.succeeded, tone: 'good' },
  { status: FAILED, label: words.failed, tone: 'danger' },
  { status: CANCELLED, label: words.cancelled, tone: 'warning' },
] as const;

/** Parses the value of a select; UNSPECIFIED (any) if it is none of the statuses. */
export const statusOf = (value: string): WebhookDeliveryStatus =>
  STATUSES.find(({ status }) => String(status) === value)?.status ?? WebhookDeliveryStatus.UNSPECIFIED;

export function DeliveryStatusTag({ status }: { readonly status: WebhookDeliveryStatus }) {
  const known = STATUSES.find((candidate) => candidate.status === status);
  return <Tag tone={known?.tone ?? 'plain'}>{known?.label ?? words.unknown}</Tag>;
}
