/** Hooks and their pending deliveries when the install, the app or an organization changes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });

const hooks = new Hooks(bed);
let receiver: Receiver;
let target: OrganizationWithAdmin;
let app: RegisteredApp;
let pair: Pair;

beforeEach(async () => {
  receiver = await Receiver.start();
  target = await bed.world.newOrganization();
  app = await hooks.registerApp(receiver.url);
  pair = await bed.world.installInto(target, app);
});
afterEach(() => receiver.stop());

const change = (fields: Record<string, unknown>) => bed.world.changeApp(app, fields);
const publish = (type = 'post_created') => hooks.publish({ organizationId: target.id, type });
const disconnect = async () =>
  expectStatus(204, await bed.world.disconnect(await bed.world.installId(app, target), target));

/** Publishes an event whose delivery then waits for its first retry. */
async function publishPending(): Promise<void> {
  receiver.respondWith(500);
  await publish();
  await hooks.until(app, ([newest]) => newest?.attempts.length === 1);
  receiver.respondWith(204);
}

describe('a pending delivery is no longer sent', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['after a disconnect', disconnect],
    ['after a revocation by the app', () => bed.world.client(app, '/oauth/revoke', { token: pair.refresh_token })],
    ['while the app is suspended', () => bed.world.suspendApp(app)],
    ['while the organization is suspended', () => bed.world.suspend(target)],
    ['once its app no longer subscribes to the event', () => change({ subscribed_webhook_events: ['post_updated'] })],
    ['once the app has no webhook URL', () => change({ webhook_url: null })],
    ["once the app no longer offers the install's mode", () => change({ allowed_actor_modes: ['self'] })],
  ])('%s', async (_what, stopDeliveries) => {
    await publishPending();
    await stopDeliveries();
    clock.advance(5 * 60);
    const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'cancelled');
    expect(delivery).toMatchObject({ next_attempt_at: null });
    expect(receiver.received).toHaveLength(1);
    expect((await hooks.owner('POST', `/oauth/deliveries/${delivery.id}/replay`)).status).toBe(409);
  });

  test('after a disconnect it is cancelled at once, before it is due', async () => {
    await publishPending();
    await disconnect();
    expect((await hooks.deliveries(app))[0]).toMatchObject({ status: 'cancelled', next_attempt_at: null });
  });
});

test('events during a suspension can be replayed after it', async () => {
  await bed.world.suspendApp(app);
  expect((await publish()).deliveries).toBe(1);
  const [delivery] = await hooks.deliveries(app);
  expect(delivery.status).toBe('cancelled');
  await bed.world.resumeApp(app);
  expectStatus(200, await hooks.owner('POST', `/oauth/deliveries/${delivery.id}/replay`));
  await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
});

test('a disconnect removes the hook and keeps the log of its deliveries', async () => {
  await publish();
  await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  const { id } = await hooks.installHookOf(app);
  await disconnect();
  expect((await publish()).deliveries).toBe(0);
  expect(await hooks.installHookOf(app)).toBeUndefined();
  for (const action of ['enable', 'rotate_secret']) {
    expect((await hooks.owner('POST', `/oauth/hooks/${id}/${action}`)).status).toBe(404);
  }
  expect(await hooks.deliveries(app)).toHaveLength(1);
});

test('a refresh and another consent keep the hook with its secret; the events are those of the new consent', async () => {
  const before = await hooks.installHookOf(app);
  const secret = await hooks.rotate(before.id);
  expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
  await bed.world.installInto(target, app, { granted_webhook_events: ['post_updated'] });
  const after = await hooks.installHookOf(app);
  expect(after).toMatchObject({ id: before.id, install_id: before.install_id, events: ['post_updated'] });
  await publish('post_updated');
  const [received] = await receiver.waitFor(1);
  expect(verify(secret, received as never, clock.now())).toEqual(received?.event);
});

test('a new install after a disconnect has a new hook with a new secret', async () => {
  const before = await hooks.installHookOf(app);
  const secret = await hooks.rotate(before.id);
  await disconnect();
  await bed.world.installInto(target, app);
  expect((await hooks.installHookOf(app)).id).not.toBe(before.id);
  await publish();
  const [received] = await receiver.waitFor(1);
  expect(() => verify(secret, received as never, clock.now())).toThrow('No matching signature');
});

test('deliveries go to the current webhook URL, also those that failed at an earlier URL', async () => {
  await publishPending();
  const elsewhere = await Receiver.start();
  try {
    await bed.world.changeApp(app, { webhook_url: elsewhere.url });
    clock.advance(5 * 60);
    await elsewhere.waitFor(1);
    expect(receiver.received).toHaveLength(1);
  } finally {
    await elsewhere.stop();
  }
});

test('lists disabled hooks first', async () => {
  const { id } = await hooks.installHookOf(app);
  await bed.world.installInto(await bed.world.newOrganization(), app);
  expect((await hooks.list(app)).map((hook) => hook.id).indexOf(id)).toBe(2);
  await bed.tables.rows('UPDATE webhook_hooks SET disabled_at = now() WHERE id = $1', [id]);
  expect((await hooks.list(app)).map((hook) => hook.id).indexOf(id)).toBe(0);
});
