import { useInfiniteQuery } from '@connectrpc/connect-query';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { type ListHooksResponse, WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { nextPage } from '../../ui/pagination.ts';

/** The maximum per response. The server returns disabled hooks first. */
const PER_PAGE = 100;

/** The hooks of an app. All components share one query. */
export const useHooks = (clientId: string) =>
  useInfiniteQuery(
    WebhookService.method.listHooks,
    { clientId, page: 1, perPage: PER_PAGE },
    { pageParamKey: 'page', getNextPageParam: nextPage(({ hooks }) => hooks, PER_PAGE) },
  );

interface Pages {
  readonly pages: readonly ListHooksResponse[];
}

export const hooksOf = (data: Pages | undefined): readonly WebhookHook[] =>
  data?.pages.flatMap(({ hooks }) => hooks) ?? [];
