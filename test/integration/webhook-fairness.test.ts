import { afterAll, beforeAll, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin } from '../support/world.ts';

const SLOTS = 64;
const bed = testBed({ webhookConcurrency: SLOTS });
const BACKLOG = 300;
const SLOW_RECEIVERS = 5;

const hooks = new Hooks(bed);
let target: OrganizationWithAdmin;
const receivers: Receiver[] = [];

beforeAll(async () => {
  target = await bed.world.newOrganization();
});
afterAll(() => Promise.all(receivers.map((receiver) => receiver.stop())));

async function subscribe(type: string): Promise<Receiver> {
  const receiver = await Receiver.start();
  receivers.push(receiver);
  await bed.world.installInto(target, await hooks.registerApp(receiver.url, { subscribed_webhook_events: [type] }));
  return receiver;
}

const publish = (type: string) => hooks.publish({ organizationId: target.id, type });

test('receivers that never respond and have long backlogs do not delay others', async () => {
  const slow = await Promise.all(Array.from({ length: SLOW_RECEIVERS }, () => subscribe('post_updated')));
  for (const receiver of slow) receiver.respond = () => {};
  const fast = await subscribe('post_created');
  await Promise.all(Array.from({ length: BACKLOG }, () => publish('post_updated')));
  await Promise.all(slow.map((receiver) => receiver.waitFor(10)));

  const begun = performance.now();
  for (let count = 1; count <= 5; count++) {
    await publish('post_created');
    await fast.waitFor(count);
  }
  // Not a benchmark: waiting for one slot would take ten seconds, the timeout of an attempt.
  expect(performance.now() - begun).toBeLessThan(10_000);
  for (const receiver of slow) expect(receiver.received.length).toBeLessThanOrEqual(20);
});

test('receivers known to be slow use at most half of the slots, and do not delay others', async () => {
  const slow = await Promise.all(Array.from({ length: SLOTS / 2 + 1 }, () => subscribe('post_completed')));
  for (const receiver of slow) receiver.respondWith(500); // an app counts as slow after a failed attempt
  const fast = await subscribe('changelog_created');
  await publish('post_completed');
  await Promise.all(slow.map((receiver) => receiver.waitFor(1)));
  for (const receiver of slow) receiver.respond = () => {};
  // Each slow app may use two slots, so without the limit of half they could use all slots.
  await Promise.all([publish('post_completed'), publish('post_completed')]);
  const arrived = () => slow.reduce((sum, { received }) => sum + received.length, 0) - slow.length;
  await expect.poll(arrived).toBeGreaterThanOrEqual(SLOTS / 4);

  const begun = performance.now();
  for (let count = 1; count <= 5; count++) {
    await publish('changelog_created');
    await fast.waitFor(count);
  }
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(arrived()).toBeLessThanOrEqual(SLOTS / 2);
});
