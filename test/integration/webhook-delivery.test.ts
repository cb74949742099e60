import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { type Received, Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import type { RegisteredApp } from '../support/world.ts';

const bed = testBed();
const hooks = new Hooks(bed);
let receiver: Receiver;
let app: RegisteredApp;

beforeAll(() => {});
beforeEach(async () => {
  receiver = await Receiver.start();
  app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
});
afterAll(() => receiver?.stop());

test('an event is delivered to an app that was granted it, in the documented format and with a valid signature', async () => {
  const { id } = await hooks.hookOf(app);
  const secret = await hooks.rotate(id);
  const before = Math.floor(Date.now() / 1_000);
  const data = { before: { title: 'A' }, after: { title: 'Ä\u0000 ' } };
  const { eventId, deliveries } = await hooks.publish({ type: 'post_updated', data });
  expect(eventId).toMatch(/^[0-9a-f-]{36}$/);
  expect(deliveries).toBe(1);

  const [received] = (await receiver.waitFor(1)) as [Received];
  expect(received.event).toEqual({ type: 'post_updated', created: expect.any(Number), data });
  expect(received.event.created).toBeGreaterThanOrEqual(before);
  expect(Object.keys(received.event)).toEqual(['type', 'created', 'data']);
  expect(received.headers).toMatchObject({ 'content-type': 'application/json', 'featureos-hook-id': id });
  expect(verify(secret, received)).toEqual(received.event);

  const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  expect(delivery).toMatchObject({
    id: received.id,
    hook_id: id,
    event_type: 'post_updated',
    next_attempt_at: null,
    organization: { id: 2, subdomain: 'globex', name: 'Globex' },
    attempts: [{ http_status: 204, error: null, response_excerpt: '' }],
  });
});
