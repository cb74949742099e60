import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ListHooksResponseSchema } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { disabledHooksOf } from '../../../services/web/src/developer/webhooks/use-hooks.ts';
import { developerText } from '../../../services/web/src/text-developer.ts';

let hooks = 0;
const pageOf = (...enabled: readonly boolean[]) =>
  create(ListHooksResponseSchema, { hooks: enabled.map((isEnabled) => ({ id: String(hooks++), enabled: isEnabled })) });

test.each([
  ['all hooks are loaded', [pageOf(false, false), pageOf(true)], false, '2 hooks are disabled', 'and 2 more'],
  [
    'only disabled hooks are loaded, and there is a next page',
    [pageOf(false, false)],
    true,
    'At least 2 hooks are disabled',
    'and at least 2 more',
  ],
  ['an enabled hook is loaded', [pageOf(false, false, true)], true, '2 hooks are disabled', 'and 2 more'],
])('counts the disabled hooks if %s', (_, pages, hasNextPage, title, more) => {
  const { disabled, hasMore } = disabledHooksOf({ data: { pages }, hasNextPage });
  const { noticeTitle, noticeMore } = developerText.hooks;
  expect(noticeTitle(disabled.length, hasMore)).toBe(`${title} and receive no events`);
  expect(noticeMore(disabled.length, hasMore)).toBe(more);
});
