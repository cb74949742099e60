import { useInfiniteQuery } from '@connectrpc/connect-query';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { type ListHooksResponse, WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { nextPage, uniqueBy } from '../../ui/pagination.ts';

/** The maximum per response. The server returns disabled hooks first. */
const PER_PAGE = 100;

/** The hooks of an app. All components share one query. */
export const useHooks = (clientId: string) =>
  useInfiniteQuery(
    WebhookService.method.listHooks,
    { clientId, page: 1, perPage: PER_PAGE },
    { pageParamKey: 'page', getNextPageParam: nextPage(({ hooks }) => hooks, PER_PAGE) },
  );

/**
 * The disabled hooks on the loaded pages. `hasMore`: later pages may have further ones, because all loaded hooks are disabled.
 */
export function disabledHooksOf({
  data,
  hasNextPage,
}: {
  readonly data: Pages | undefined;
  readonly hasNextPage: boolean;
}) {
  const hooks = hooksOf(data);
  const disabled = hooks.filter(({ enabled }) => !enabled);
  return { disabled, hasMore: hasNextPage && disabled.length === hooks.length };
}

interface Pages {
  readonly pages: readonly ListHooksResponse[];
}

export const hooksOf = (data: Pages | undefined): readonly WebhookHook[] =>
  uniqueBy(data?.pages.flatMap(({ hooks }) => hooks) ?? [], ({ id }) => id);
