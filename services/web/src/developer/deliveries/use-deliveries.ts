import { timestampMs } from '@bufbuild/protobuf/wkt';
import { useInfiniteQuery } from '@connectrpc/connect-query';
import type { WebhookDelivery, WebhookDeliveryStatus } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { type ListDeliveriesResponse, WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { firstPage, nextPage } from '../../ui/pages.ts';

/** Which deliveries are looked for. */
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
/** An attempt that is under way shows the time at which it would count as lost, which is less than this ahead. */
const UNDER_WAY_MS = 60_000;

export const useDeliveries = (clientId: string, { hookId, status }: Filter) =>
  useInfiniteQuery(
    WebhookService.method.listDeliveries,
    { clientId, hookId, status, ...firstPage },
    {
      pageParamKey: 'page',
      getNextPageParam: nextPage(({ deliveries }) => deliveries),
      // An attempt ends by itself: look until it has, and again when the next one is due.
      refetchInterval: ({ state }) => untilNextLook(deliveriesOf(state.data)),
    },
  );

/** Each once: what is published meanwhile moves the end of a page to the beginning of the next. */
export function deliveriesOf(data: Pages | undefined): readonly WebhookDelivery[] {
  const all = data?.pages.flatMap(({ deliveries }) => deliveries) ?? [];
  return [...new Map(all.map((delivery) => [delivery.id, delivery])).values()];
}

/** Whether its attempt is due or under way, as far as can be told. */
export const isUnderWay = ({ nextAttemptAt }: WebhookDelivery): boolean =>
  nextAttemptAt !== undefined && timestampMs(nextAttemptAt) - Date.now() < UNDER_WAY_MS;

function untilNextLook(deliveries: readonly WebhookDelivery[]): number | false {
  const due = deliveries.flatMap(({ nextAttemptAt }) => (nextAttemptAt ? [timestampMs(nextAttemptAt)] : []));
  if (due.length === 0) return false;
  if (deliveries.some(isUnderWay)) return POLL_MS;
  return Math.min(...due) - Date.now();
}
