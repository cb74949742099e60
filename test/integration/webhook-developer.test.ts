import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { Hooks } from '../support/hooks.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN } from '../support/world.ts';

const bed = testBed();
const options = { headers: { 'x-organization': 'acme' } };
const hooks = new Hooks(bed);
let receiver: Receiver;

beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver?.stop());

const owner = async () => bed.system.rpc(WebhookService, await bed.system.platform.sign(OWNER_ADMIN));

test('signs the request of a delivery when it is read; NOT_FOUND after a disconnect', async () => {
  const app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  const hook = await hooks.hookOf(app);
  const secret = await hooks.rotate(hook.id);
  await hooks.publish({ data: { id: 7 } });
  const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');

  const service = await owner();
  const request = await service.getDeliveryRequest({ deliveryId: delivery.id }, options);
  expect(verify(secret, request)).toMatchObject({ type: 'post_created', data: { id: 7 } });
  expect(request.headers).toMatchObject({ 'webhook-id': delivery.id, 'featureos-hook-id': hook.id });
  expect((await hooks.deliveries(app))[0].attempts).toHaveLength(1);

  await bed.world.disconnect(hook.install_id);
  const again = service.getDeliveryRequest({ deliveryId: delivery.id }, options);
  await expectRpcError(again, ErrorReason.CONFLICT);
});

test('sends a test event only to the own hook of the app, and audits it', async () => {
  const app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  const own = (await hooks.list(app)).find(({ install_id }) => install_id === null);
  await (await owner()).sendTestEvent({ clientId: app.clientId, type: 'post_updated' }, options);
  const deliveries = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  expect(deliveries.map(({ hook_id, event_type }) => [hook_id, event_type])).toEqual([[own.id, 'post_updated']]);
  const [received] = await receiver.waitFor(1, ({ hookId }) => hookId === own.id);
  expect(received?.event.data).toEqual({ test: true });
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 1 });
  expect(events).toMatchObject([{ action: 'app_test_event_sent', details: { type: 'post_updated' } }]);
});

test('a test event needs a known type, a subscription and an address', async () => {
  const app = await hooks.registerApp(receiver.url);
  const service = await owner();
  const send = (type: string) => service.sendTestEvent({ clientId: app.clientId, type }, options);
  await expectRpcError(send('no_such'), ErrorReason.INVALID_FIELD);
  await expectRpcError(send('changelog_created'), ErrorReason.CONFLICT);
  await bed.world.changeApp(app, { webhook_url: null });
  await expectRpcError(send('post_created'), ErrorReason.CONFLICT);
});
