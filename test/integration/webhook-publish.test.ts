import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { type EventFields, Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin, RegisteredApp } from '../support/world.ts';

const bed = testBed();
const hooks = new Hooks(bed);
let receiver: Receiver;
/** The organization of this test's events. */
let target: OrganizationWithAdmin;

beforeAll(async () => {
  receiver = await Receiver.start();
});
beforeEach(async () => {
  target = await bed.world.newOrganization();
});
afterAll(() => receiver?.stop());

const publish = (fields: EventFields = {}) => hooks.publish({ organizationId: target.id, ...fields });

async function installed(fields: Record<string, unknown> = {}, consent: Record<string, unknown> = {}) {
  const app = await hooks.registerApp(receiver.url, fields);
  await bed.world.installInto(target, app, consent);
  return app;
}

const typesOf = async (app: RegisteredApp) => (await hooks.deliveries(app)).map(({ event_type }) => event_type);

describe('an event is published', () => {
  test('to each install of the organization that was granted it, and to no other', async () => {
    const both = await installed();
    const one = await installed({}, { granted_webhook_events: ['post_updated'] });
    const none = await installed({}, { granted_webhook_events: [] });
    const unscoped = await installed({}, { scope: 'posts:read' });
    expect((await publish({ type: 'post_created' })).deliveries).toBe(1);
    expect((await publish({ type: 'post_updated' })).deliveries).toBe(2);
    expect((await publish({ type: 'changelog_created' })).deliveries).toBe(0);
    expect(await typesOf(both)).toEqual(['post_updated', 'post_created']);
    expect(await typesOf(one)).toEqual(['post_updated']);
    expect(await typesOf(none)).toEqual([]);
    expect(await typesOf(unscoped)).toEqual([]);
  });

  test('to no install in another organization', async () => {
    const app = await installed();
    const elsewhere = await bed.world.newOrganization();
    expect((await publish({ organizationId: elsewhere.id })).deliveries).toBe(0);
    expect(await typesOf(app)).toEqual([]);
  });

  test('not to an install whose app has unsubscribed from it, even after the app subscribes again', async () => {
    const app = await installed();
    await bed.world.changeApp(app, { subscribed_webhook_events: ['post_updated'] });
    await bed.world.changeApp(app, { subscribed_webhook_events: ['post_created', 'post_updated'] });
    expect((await publish({ type: 'post_created' })).deliveries).toBe(0);
    expect((await publish({ type: 'post_updated' })).deliveries).toBe(1);
  });

  test('to no install of an app without a webhook URL', async () => {
    const app = await installed();
    await bed.world.changeApp(app, { webhook_url: null });
    expect((await publish()).deliveries).toBe(0);
  });
});

describe('an idempotency key', () => {
  test('publishes once if it is repeated, whatever the order of the members of `data`', async () => {
    const app = await installed();
    const first = await publish({ idempotencyKey: 'k', data: { a: 1, b: { c: [1, { d: 2, e: 3 }] } } });
    const second = await publish({ idempotencyKey: 'k', data: { b: { c: [1, { e: 3, d: 2 }] }, a: 1 } });
    expect(second).toEqual(first);
    await hooks.until(app, (all) => all.every(({ status }) => status === 'succeeded'));
    expect(await hooks.deliveries(app)).toHaveLength(1);
  });

  test('publishes once for 20 concurrent calls', async () => {
    const app = await installed();
    const results = await Promise.all(Array.from({ length: 20 }, () => publish({ idempotencyKey: 'k' })));
    expect(new Set(results.map(({ eventId }) => eventId)).size).toBe(1);
    expect(results.map(({ deliveries }) => deliveries)).toEqual(Array(20).fill(1));
    expect(await hooks.deliveries(app)).toHaveLength(1);
  });

  test('is rejected for another event, which would otherwise be lost', async () => {
    await publish({ idempotencyKey: 'k', data: { a: 1 } });
    for (const fields of [{ data: { a: 2 } }, { data: { a: 1 }, type: 'post_updated' }]) {
      await expectRpcError(publish({ idempotencyKey: 'k', ...fields }), ErrorReason.CONFLICT);
    }
  });

  test('can be used again in another organization', async () => {
    const other = await bed.world.newOrganization();
    const first = await publish({ idempotencyKey: 'k' });
    const second = await publish({ idempotencyKey: 'k', organizationId: other.id });
    expect(second.eventId).not.toBe(first.eventId);
  });
});

describe('rejects', () => {
  test.each<[string, EventFields, string]>([
    ['an unknown type', { type: 'post_deleted' }, 'type'],
    ['a lifecycle event', { type: 'app_installed' }, 'type'],
    ['a missing idempotency key', { idempotencyKey: '' }, 'idempotency_key'],
    ['an idempotency key that is too long', { idempotencyKey: 'k'.repeat(129) }, 'idempotency_key'],
    ['an idempotency key with a NUL', { idempotencyKey: 'a\0' }, 'idempotency_key'],
    ['a created_at out of range', { createdAt: { seconds: 10n ** 15n, nanos: 0 } }, 'created_at'],
    ['data of more than 64 KiB', { data: { text: 'x'.repeat(64 * 1024) } }, 'data'],
  ])('%s', async (_what, fields, field) => {
    const error = await expectRpcError(publish(fields), ErrorReason.INVALID_FIELD);
    expect(error.message).toContain(field);
  });

  test('an event without data', async () => {
    const platform = bed.system.rpc(WebhookService, bed.system.tokens.platform);
    const call = platform.publishEvent({ organizationId: target.id, type: 'post_created', idempotencyKey: 'k' });
    await expectRpcError(call, ErrorReason.INVALID_FIELD);
  });

  test('an event of an unknown organization', async () => {
    await expectRpcError(publish({ organizationId: 999_999n }), ErrorReason.NOT_FOUND);
  });
});

test('a delivery has the publisher’s time, in seconds', async () => {
  await installed();
  await publish({ createdAt: { seconds: 1_700_000_000n, nanos: 999_000_000 } });
  await receiver.waitFor(1, ({ event }) => event.created === 1_700_000_000);
});
