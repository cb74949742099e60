/** Deliveries, and what an app's owner can read about them, over HTTP and RPC. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { WebhookDeliveryStatus } from '../../gen/featureos/oauth/v1/webhook_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { expectError, expectInvalidFields, expectRpcError } from '../support/expect-errors.ts';
import { Hooks } from '../support/hooks.ts';
import { type Received, Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER_ADMIN, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
const hooks = new Hooks(bed);
let receiver: Receiver;
let app: RegisteredApp;

beforeAll(async () => {
  receiver = await Receiver.start();
  app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
});
afterAll(() => receiver?.stop());

/** Publishes an event; returns its first attempt, to which the receiver responds with `respond`. */
async function attemptOf(respond: Receiver['respond']) {
  receiver.respond = respond;
  await hooks.publish();
  const [delivery] = await hooks.until(app, ([newest]) => newest?.attempts.length === 1);
  receiver.respondWith(204);
  return delivery.attempts[0];
}

/** A client of the RPCs, as an admin of the app's owner. */
const ownerService = () => bed.world.rpcAs(WebhookService, OWNER_ADMIN);
const asAcme = { headers: { 'x-organization': 'acme' } };

test('an event is delivered to an app that was granted it, in the documented format and with a valid signature', async () => {
  const { id } = await hooks.installHookOf(app);
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

test('logs the status, the duration and the first KiB of a response', async () => {
  const attempt = await attemptOf((response) => {
    setTimeout(() => response.writeHead(418).end(`${'ä'.repeat(511)}x${'ä'.repeat(5_000)}`), 50);
  });
  expect(attempt).toMatchObject({ http_status: 418, error: null });
  expect(attempt.duration_ms).toBeGreaterThanOrEqual(49);
  // 511 × 2 bytes, 1 byte, and one byte of a character that is omitted
  expect(attempt.response_excerpt).toBe(`${'ä'.repeat(511)}x`);
});

test('removes NUL from the excerpt of a response that is not text, and replaces each invalid byte with U+FFFD', async () => {
  const bytes = Buffer.concat([Buffer.from('a\0b'), Buffer.alloc(2_000, 0xff)]);
  const attempt = await attemptOf((response) => response.writeHead(500).end(bytes));
  expect(attempt.response_excerpt).toMatch(/^ab\ufffd+$/);
  expect(Buffer.byteLength(attempt.response_excerpt)).toBeLessThanOrEqual(1_024);
});

test('logs the reason if there is no response', async () => {
  const attempt = await attemptOf((response) => response.destroy());
  expect(attempt).toMatchObject({ http_status: null, response_excerpt: '' });
  expect(attempt.error).toMatch(/^the connection (ended before the response|was reset)$/);
});

test('pages deliveries, newest first, and filters by hook and status', async () => {
  const { id } = await hooks.installHookOf(app);
  await hooks.publish();
  await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  const all = await hooks.deliveries(app);
  const [first] = await hooks.deliveries(app, '?per_page=1');
  const [second] = await hooks.deliveries(app, '?per_page=1&page=2');
  expect([first.id, second.id]).toEqual(all.slice(0, 2).map((delivery) => delivery.id));
  expect(await hooks.deliveries(app, `?hook_id=${id}`)).toEqual(all);
  expect(await hooks.deliveries(app, '?hook_id=01890000-0000-7000-8000-000000000000')).toEqual([]);
  expect(await hooks.deliveries(app, '?hook_id=nonsense')).toEqual([]);
  const pending = await hooks.deliveries(app, '?status=pending');
  expect(pending).toEqual(all.filter(({ status }) => status === 'pending'));
  expectError(await hooks.owner('GET', `/oauth/apps/${app.clientId}/deliveries?status=lost`), 400);
});

test('RPCs list hooks and deliveries, rotate a secret, replay a delivery and enable a hook', async () => {
  const service = await ownerService();
  const { clientId } = app;
  // The first is the app's own hook.
  const [, hook] = (await service.listHooks({ clientId }, asAcme)).hooks;
  expect(hook).toMatchObject({ url: receiver.url, events: ['post_created', 'post_updated'], enabled: true });
  expect(hook?.organization).toMatchObject({ id: 2n, subdomain: 'globex', name: 'Globex' });
  const hookId = hook?.id as string;

  const { secret } = await service.rotateHookSecret({ hookId }, asAcme);
  await hooks.publish();
  const status = WebhookDeliveryStatus.SUCCEEDED;
  await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  const [delivery] = (await service.listDeliveries({ clientId, hookId, status, perPage: 1 }, asAcme)).deliveries;
  expect(delivery).toMatchObject({
    hookId,
    status,
    eventType: 'post_created',
    attempts: [{ httpStatus: 204, error: '' }],
  });
  const sent = receiver.received.filter(({ id }) => id === delivery?.id);
  expect(verify(secret, sent[0] as never)).toMatchObject({ type: 'post_created' });

  const replayed = await service.replayDelivery({ deliveryId: delivery?.id as string }, asAcme);
  expect(replayed.delivery).toMatchObject({ id: delivery?.id, status: WebhookDeliveryStatus.PENDING });
  await receiver.waitFor(2, ({ id }) => id === delivery?.id);
  const [newest] = (await bed.world.operator.listAuditEvents({ clientId, perPage: 1 })).events;
  expect(newest).toMatchObject({
    action: 'app_delivery_replayed',
    performedBy: `user:${OWNER_ADMIN}`,
    ipAddress: '127.0.0.1',
    details: { hook_id: hookId, delivery_id: delivery?.id },
  });
  expect((await service.enableHook({ hookId }, asAcme)).hook).toMatchObject({ id: hookId, enabled: true });
});

test('a hook shows when its previous secret expires, until it has expired', async () => {
  const { id } = await hooks.installHookOf(app);
  const expiry = async () => (await hooks.installHookOf(app)).previous_secret_expires_at;
  await hooks.rotate(id, 60);
  expect(await expiry()).toEqual(expect.any(String));
  await hooks.rotate(id, 0);
  expect(await expiry()).toBeNull();
});

test('an app gets a new secret for an install’s hook with its client credentials', async () => {
  const { id: hookId, install_id } = await hooks.installHookOf(app);
  const response = await bed.world.client(app, '/oauth/webhook_secret', { install_id, overlap_seconds: '60' });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(expectStatus(200, response).body).toEqual({
    hook_id: hookId,
    secret: expect.stringMatching(/^whsec_/),
    previous_expires_at: expect.any(String),
  });
  const other = await hooks.registerApp(receiver.url);
  expect((await bed.world.client(other, '/oauth/webhook_secret', { install_id })).status).toBe(404);
  const wrong = { ...app, clientSecret: other.clientSecret };
  expect((await bed.world.client(wrong, '/oauth/webhook_secret', { install_id })).status).toBe(401);
  for (const overlap of ['-1', '604801', '1.5', 'x', '0x10', '1e3', ' 60 ', ' ']) {
    const refused = await bed.world.client(app, '/oauth/webhook_secret', { install_id, overlap_seconds: overlap });
    expect(refused.status).toBe(400);
  }
});

test('rejects an overlap that is not a whole number of seconds up to a week, and an unknown field', async () => {
  const { id } = await hooks.installHookOf(app);
  const path = `/oauth/hooks/${id}/rotate_secret`;
  for (const overlap of [-1, 604_801, 1.5, '60']) {
    expectInvalidFields(await hooks.owner('POST', path, { overlap_seconds: overlap }), 'overlap_seconds');
  }
  expectInvalidFields(await hooks.owner('POST', path, { overlap: 60 }), 'overlap');
});

test('rotations are audited, without the secret', async () => {
  const { id } = await hooks.installHookOf(app);
  const secret = await hooks.rotate(id);
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId });
  const rotations = events.filter(({ action }) => action === 'app_hook_secret_rotated');
  expect(rotations[0]).toMatchObject({ performedBy: 'user:1', organizationId: 1n, details: { hook_id: id } });
  expect(JSON.stringify(rotations, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    secret,
  );
});

test('GetDeliveryRequest signs the request with the current secret and records no attempt; CONFLICT after a disconnect', async () => {
  const app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  const hook = await hooks.installHookOf(app);
  await hooks.publish({ data: { id: 7 } });
  const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  const secret = await hooks.rotate(hook.id, 0);

  const service = await ownerService();
  const request = await service.getDeliveryRequest({ deliveryId: delivery.id }, asAcme);
  expect(verify(secret, request)).toMatchObject({ type: 'post_created', data: { id: 7 } });
  expect(request.headers).toMatchObject({ 'webhook-id': delivery.id, 'featureos-hook-id': hook.id });
  expect((await hooks.deliveries(app))[0].attempts).toHaveLength(1);

  await bed.world.disconnect(hook.install_id);
  await expectRpcError(service.getDeliveryRequest({ deliveryId: delivery.id }, asAcme), ErrorReason.CONFLICT);
});

test('sends a test event only to the app’s own hook, and audits it', async () => {
  const app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  const appHook = (await hooks.list(app)).find(({ install_id }) => install_id === null);
  await (await ownerService()).sendTestEvent({ clientId: app.clientId, type: 'post_updated' }, asAcme);
  const deliveries = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  expect(deliveries.map(({ hook_id, event_type }) => [hook_id, event_type])).toEqual([[appHook.id, 'post_updated']]);
  const [received] = await receiver.waitFor(1, ({ hookId }) => hookId === appHook.id);
  expect(received?.event.data).toEqual({ test: true });
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 1 });
  expect(events).toMatchObject([{ action: 'app_test_event_sent', details: { type: 'post_updated' } }]);
});

test('a test event needs a known type, a subscription and a webhook URL', async () => {
  const app = await hooks.registerApp(receiver.url);
  const service = await ownerService();
  const send = (type: string) => service.sendTestEvent({ clientId: app.clientId, type }, asAcme);
  await expectRpcError(send('no_such'), ErrorReason.INVALID_FIELD);
  await expectRpcError(send('changelog_created'), ErrorReason.CONFLICT);
  await bed.world.changeApp(app, { webhook_url: null });
  await expectRpcError(send('post_created'), ErrorReason.CONFLICT);
});
