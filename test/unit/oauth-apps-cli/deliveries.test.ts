import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { WebhookDeliverySchema } from '../../../gen/featureos/oauth/v1/webhook_pb.ts';
import { ListDeliveriesResponseSchema } from '../../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { DeliveryFeed } from '../../../packages/oauth-apps-cli/deliveries.ts';

/** A feed of a list to which the test adds deliveries. `failingPage` cannot be read. */
async function feedOf() {
  const list: string[] = [];
  const state = { failingPage: 0 };
  const listDeliveries = async ({ page = 1, perPage = 1 }: { page?: number; perPage?: number }) => {
    if (page === state.failingPage) throw new Error('unavailable');
    const ids = list.toReversed().slice((page - 1) * perPage, page * perPage);
    const deliveries = ids.map((id) => create(WebhookDeliverySchema, { id, createdAt: timestampFromMs(1_000) }));
    return create(ListDeliveriesResponseSchema, { deliveries });
  };
  const feed = await DeliveryFeed.start({ listDeliveries } as unknown as Parameters<typeof DeliveryFeed.start>[0], 'a');
  const handled: string[] = [];
  return { list, state, feed, handled };
}

test('deliveries that were not handled because of an error are found again', async () => {
  const { list, feed, handled } = await feedOf();
  list.push('1', '2', '3');
  let isDown = true;
  const forward = ({ id }: { id: string }) => {
    if (id === '2' && isDown) throw new Error('unavailable');
    handled.push(id);
    return false;
  };
  await expect(feed.each(forward)).rejects.toThrow('unavailable');
  isDown = false;
  expect(await feed.each(forward)).toBe(false);
  expect(await feed.each(forward)).toBe(false);
  expect(handled).toEqual(['1', '2', '3']);
});

test('no delivery is lost if a page of the list cannot be read', async () => {
  const { list, state, feed, handled } = await feedOf();
  list.push(...Array.from({ length: 150 }, (_, index) => String(index)));
  const record = ({ id }: { id: string }) => {
    handled.push(id);
    return false;
  };
  state.failingPage = 2;
  await expect(feed.each(record)).rejects.toThrow('unavailable');
  state.failingPage = 0;
  await feed.each(record);
  expect(handled).toEqual(list);
});

test('stops at the delivery for which the handler returns true', async () => {
  const { list, feed, handled } = await feedOf();
  list.push('1', '2', '3');
  expect(await feed.each(({ id }) => handled.push(id) === 2)).toBe(true);
  expect(handled).toEqual(['1', '2']);
});
