import { timestampMs } from '@bufbuild/protobuf/wkt';
import { useInfiniteQuery } from '@connectrpc/connect-query';
import type { WebhookDelivery, WebhookDeliveryStatus } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { type ListDeliveriesResponse, WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { firstPage, nextPage, uniqueBy } from '../../ui/pagination.ts';

export interface Filter {
  /** Empty: any. */
  readonly hookId: string;
  /** UNSPECIFIED: any. */
  readonly status: WebhookDeliveryStatus;
}

interface Pages {
  readonly pages: readonly ListDeliveriesResponse[];
}

const POLL_MS = 2_000;
/** Longer than the server's lease of a delivery: during an attempt, `next_attempt_at` is when its lease ends. */
const DUE_WITHIN_MS = 60_000;

export const useDeliveries = (clientId: string, { hookId, status }: Filter) =>
  useInfiniteQuery(
    WebhookService.method.listDeliveries,
    { clientId, hookId, status, ...firstPage },
    {
      pageParamKey: 'page',
      getNextPageParam: nextPage(({ deliveries }) => deliveries),
      // Polls while an attempt may be in flight, and again when the next one is due.
      refetchInterval: ({ state }) => pollInterval(deliveriesOf(state.data)),
    },
  );

export function deliveriesOf(data: Pages | undefined): readonly WebhookDelivery[] {
  return uniqueBy(data?.pages.flatMap(({ deliveries }) => deliveries) ?? [], ({ id }) => id);
}

/** Whether an attempt is in flight or due within DUE_WITHIN_MS. The server does not distinguish the two. */
export const isAttemptDue = ({ nextAttemptAt }: WebhookDelivery): boolean =>
  nextAttemptAt !== undefined && timestampMs(nextAttemptAt) - Date.now() < DUE_WITHIN_MS;

function pollInterval(deliveries: readonly WebhookDelivery[]): number | false {
  const due = deliveries.flatMap(({ nextAttemptAt }) => (nextAttemptAt ? [timestampMs(nextAttemptAt)] : []));
  if (due.length === 0) return false;
  if (deliveries.some(isAttemptDue)) return POLL_MS;
  return Math.min(...due) - Date.now();
}
