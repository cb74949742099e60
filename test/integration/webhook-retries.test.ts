/** Retries of deliveries, with a manual clock. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
/** In seconds. */
const MINUTE = 60;

const hooks = new Hooks(bed);
let receiver: Receiver;
let app: RegisteredApp;
let hookId: string;
let secret: string;
/** The receiver of another app. When it gets an event, the server has looked for due deliveries since the event was published. */
let marker: Receiver;

beforeEach(async () => {
  [receiver, marker] = [await Receiver.start(), await Receiver.start()];
  app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  hookId = (await hooks.installHookOf(app)).id;
  secret = await hooks.rotate(hookId);
  const markerApp = await hooks.registerApp(marker.url, { subscribed_webhook_events: ['changelog_created'] });
  await bed.world.install(markerApp);
});
afterEach(() => Promise.all([receiver.stop(), marker.stop()]));

/** Waits until the newest delivery has this number of attempts. */
const untilAttempts = (count: number) => hooks.until(app, ([newest]) => newest?.attempts.length === count);
const replay = (id: string) => hooks.owner('POST', `/oauth/deliveries/${id}/replay`);
const enable = () => hooks.owner('POST', `/oauth/hooks/${hookId}/enable`);

/** Resolves when the server has looked for due deliveries twice: each time, it has sent one to the marker. */
async function untilAllDueProcessed(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const before = marker.received.length;
    await hooks.publish({ type: 'changelog_created' });
    await marker.waitFor(before + 1);
  }
}

/** Publishes an event, and lets all attempts of the app's deliveries fail. */
async function failAllAttempts(): Promise<void> {
  receiver.respondWith(500, 'broken');
  await hooks.publish();
  for (const [count, wait] of [5, 30, 120].entries()) {
    await hooks.until(app, (all) => all.every(({ attempts }) => attempts.length === count + 1));
    clock.advance(wait * MINUTE);
  }
  await hooks.until(app, (all) => all.every(({ status }) => status === 'failed'));
}

test('a failed delivery is retried after exactly 5 minutes, 30 minutes and 2 hours, with the same id', async () => {
  receiver.respondWith(503, 'later');
  await hooks.publish();
  const times = [clock.now()];
  for (const [count, wait] of [5, 30, 120].entries()) {
    const [pending] = await untilAttempts(count + 1);
    expect(pending).toMatchObject({ status: 'pending' });
    expect(Date.parse(pending.next_attempt_at)).toBe(clock.now() + wait * MINUTE * 1_000);
    clock.advance(wait * MINUTE - 1);
    await untilAllDueProcessed();
    expect(receiver.received).toHaveLength(count + 1);
    clock.advance(1);
    times.push(clock.now());
    await receiver.waitFor(count + 2);
  }
  const [failed] = await hooks.until(app, ([newest]) => newest?.status === 'failed');
  expect(failed.next_attempt_at).toBeNull();
  expect(failed.attempts.map((attempt: { started_at: string }) => Date.parse(attempt.started_at))).toEqual(times);
  expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([failed.id]));
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  // Each attempt is signed with its time; otherwise a receiver would reject it as a replay.
  for (const [index, received] of receiver.received.entries()) {
    expect(received.headers['webhook-timestamp']).toBe(String(Math.floor((times[index] ?? 0) / 1_000)));
    expect(verify(secret, received, times[index])).toEqual(received.event);
  }
});

test('a 2xx to a retry completes the delivery', async () => {
  receiver.respondWith(500);
  await hooks.publish();
  await untilAttempts(1);
  receiver.respondWith(202);
  clock.advance(5 * MINUTE);
  const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  expect(delivery.attempts.map(({ http_status }: { http_status: number }) => http_status)).toEqual([500, 202]);
  clock.advance(24 * 60 * MINUTE);
  await untilAllDueProcessed();
  expect(receiver.received).toHaveLength(2);
});

test('a failed third retry disables the hook, which is audited; nothing more is sent', async () => {
  receiver.respondWith(500);
  await hooks.publish({ idempotencyKey: 'queued' });
  await untilAttempts(1);
  clock.advance(MINUTE);
  await failAllAttempts();
  expect(await hooks.deliveries(app)).toHaveLength(2);

  expect(await hooks.installHookOf(app)).toMatchObject({ enabled: false, disabled_at: expect.any(String) });
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId });
  const disabled = events.filter(({ action }) => action === 'app_hook_disabled');
  expect(disabled).toHaveLength(1);
  expect(disabled[0]).toMatchObject({ performedBy: 'service:auth-server', organizationId: 1n });
  expect(disabled[0]?.details).toMatchObject({ hook_id: hookId });

  const sent = receiver.received.length;
  receiver.respondWith(204);
  await hooks.publish({ idempotencyKey: 'while disabled' });
  await untilAllDueProcessed();
  expect(receiver.received).toHaveLength(sent);
  expect((await hooks.deliveries(app))[0]).toMatchObject({ status: 'cancelled', attempts: [], next_attempt_at: null });
});

test('disabling a hook cancels its pending deliveries', async () => {
  receiver.respondWith(500);
  await hooks.publish();
  await untilAttempts(1);
  clock.advance(5 * MINUTE);
  await untilAttempts(2);
  clock.advance(30 * MINUTE);
  await untilAttempts(3);
  await hooks.publish();
  await untilAttempts(1);
  clock.advance(120 * MINUTE - 1);
  // Only the younger one is due. It fails and waits for its second retry, and then the older one disables the hook.
  await untilAttempts(2);
  clock.advance(1);
  const [younger, older] = await hooks.until(app, ([, second]) => second?.status === 'failed');
  expect(older.attempts).toHaveLength(4);
  expect(younger).toMatchObject({ status: 'cancelled', next_attempt_at: null });
});

test('a hook that is enabled again receives new events, and earlier ones by replay', async () => {
  await failAllAttempts();
  receiver.respondWith(204);
  await hooks.publish();
  const [cancelled, failed] = await hooks.deliveries(app);
  expect((await replay(cancelled.id)).status).toBe(409);

  const enabled = expectStatus(200, await enable()).body.hook;
  expect(enabled).toMatchObject({ id: hookId, enabled: true, disabled_at: null });
  await hooks.publish();
  await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  expect((await hooks.deliveries(app)).map(({ status }) => status)).toEqual(['succeeded', 'cancelled', 'failed']);

  for (const { id } of [cancelled, failed]) {
    const { body } = expectStatus(200, await replay(id));
    expect(body.delivery).toMatchObject({ id, status: 'pending' });
  }
  await hooks.until(app, (all) => all.every(({ status }) => status === 'succeeded'));
  expect(receiver.received.filter(({ id }) => id === failed.id)).toHaveLength(5);
  expect(receiver.received.filter(({ id }) => id === cancelled.id)).toHaveLength(1);
});

test('a last attempt that fails does not disable the hook if it began before the hook was enabled again', async () => {
  const failLast: (() => void)[] = [];
  receiver.respondWith(500);
  await Promise.all([hooks.publish(), hooks.publish()]);
  for (const [count, wait] of [5, 30, 120].entries()) {
    await hooks.until(app, (all) => all.every(({ attempts }) => attempts.length === count + 1));
    if (wait === 120) receiver.respond = (response) => failLast.push(() => response.writeHead(500).end());
    clock.advance(wait * MINUTE);
  }
  await receiver.waitFor(8);
  failLast[0]?.();
  const statuses = (all: { status: string }[]) => all.map(({ status }) => status).toSorted();
  await hooks.until(app, (all) => statuses(all).join() === 'cancelled,failed');
  expectStatus(200, await enable());
  failLast[1]?.();
  await hooks.until(app, (all) => all.every(({ status }) => status === 'failed'));
  expect(await hooks.installHookOf(app)).toMatchObject({ enabled: true });
});

test('a replayed delivery gets all its retries again', async () => {
  receiver.respondWith(500);
  await hooks.publish();
  await untilAttempts(1);
  clock.advance(5 * MINUTE);
  const [delivery] = await untilAttempts(2);
  expectStatus(200, await replay(delivery.id));
  const [again] = await untilAttempts(3);
  expect(Date.parse(again.next_attempt_at)).toBe(clock.now() + 5 * MINUTE * 1_000);
});

test('enabling a hook that is enabled succeeds and is not audited', async () => {
  for (let repeat = 0; repeat < 2; repeat++) {
    expectStatus(200, await enable());
  }
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId });
  expect(events.filter(({ action }) => action === 'app_hook_enabled')).toEqual([]);
});

test('a delivery of a crashed server is sent again when its lease ends, not before', async () => {
  // Set the state that a server leaves if it claims the delivery and crashes.
  await hooks.publish();
  const [{ id }] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  const lease = new Date(clock.now() + 30_000);
  const claim = `UPDATE webhook_deliveries SET status = 'pending', next_attempt_at = $1 WHERE id = $2`;
  await bed.tables.rows(claim, [lease, id]);
  clock.advance(29);
  await untilAllDueProcessed();
  expect(receiver.received).toHaveLength(1);
  clock.advance(1);
  const [first, second] = await receiver.waitFor(2);
  expect(second?.id).toBe(first?.id);
});
