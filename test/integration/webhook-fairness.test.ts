import { afterAll, beforeAll, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import type { OwnOrganization } from '../support/world.ts';

const bed = testBed();
const BACKLOG = 300;
const SLOW_RECEIVERS = 5;

let hooks: Hooks;
let target: OwnOrganization;
const receivers: Receiver[] = [];

beforeAll(async () => {
  hooks = new Hooks(bed);
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

test('receivers that answer nothing, with long backlogs, delay no other', async () => {
  const slow = await Promise.all(Array.from({ length: SLOW_RECEIVERS }, () => subscribe('post_updated')));
  for (const receiver of slow) receiver.respond = () => {};
  const fast = await subscribe('post_created');
  await Promise.all(Array.from({ length: BACKLOG }, () => publish('post_updated')));
  await Promise.all(slow.map((receiver) => receiver.gets(10)));

  const begun = performance.now();
  for (let count = 1; count <= 5; count++) {
    await publish('post_created');
    await fast.gets(count);
  }
  // Not a measurement: a single place that had to be waited for would take the ten seconds of an attempt.
  expect(performance.now() - begun).toBeLessThan(10_000);
  for (const receiver of slow) expect(receiver.received.length).toBeLessThanOrEqual(20);
});
