import { afterAll, beforeAll, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { expectError, expectRpcError } from '../support/expect-errors.ts';
import { Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { type RegisteredApp, STRANGER, TARGET, TARGET_MEMBER } from '../support/world.ts';

const bed = testBed();
const hooks = new Hooks(bed);
let receiver: Receiver;
let app: RegisteredApp;
let hookId: string;
let deliveryId: string;

beforeAll(async () => {
  receiver = await Receiver.start();
  app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  hookId = (await hooks.installHookOf(app)).id;
  await hooks.publish();
  const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
  deliveryId = delivery.id;
});
afterAll(() => receiver?.stop());

const endpoints = () =>
  [
    ['GET', `/oauth/apps/${app.clientId}/hooks`],
    ['GET', `/oauth/apps/${app.clientId}/deliveries`],
    ['POST', `/oauth/hooks/${hookId}/rotate_secret`],
    ['POST', `/oauth/hooks/${hookId}/enable`],
    ['POST', `/oauth/deliveries/${deliveryId}/replay`],
  ] as const;

test('only an admin of the owner can use the endpoints, not an admin of an organization that installed the app', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const [method, path] of endpoints()) {
      for (const foreign of [TARGET, { admin: STRANGER, subdomain: 'initech' }]) {
        expectError(await bed.world.asAdmin(foreign, method, path), 404);
        expectError(await bed.world.asAdmin({ ...foreign, subdomain: 'acme' }, method, path), 403);
      }
      expectError(await bed.world.as(TARGET_MEMBER, method, path, undefined, 'globex'), 403);
      expectError(await bed.world.http(method, path, { headers: { 'x-organization': 'acme' } }), 401);
    }
  });
});

test('unknown and malformed ids are not found', async () => {
  for (const id of ['01890000-0000-7000-8000-000000000000', 'nonsense', '%00', "'--"]) {
    for (const path of [`hooks/${id}/rotate_secret`, `hooks/${id}/enable`, `deliveries/${id}/replay`]) {
      expectError(await hooks.owner('POST', `/oauth/${path}`), 404);
    }
  }
});

test('the RPCs find nothing of another organization either', async () => {
  await bed.tables.unchangedBy(async () => {
    const stranger = await bed.world.rpcAs(WebhookService, STRANGER);
    const inInitech = { headers: { 'x-organization': 'initech' } };
    const inAcme = { headers: { 'x-organization': 'acme' } };
    const { clientId } = app;
    for (const call of [
      (options: typeof inInitech) => stranger.listHooks({ clientId }, options),
      (options: typeof inInitech) => stranger.listDeliveries({ clientId }, options),
      (options: typeof inInitech) => stranger.rotateHookSecret({ hookId }, options),
      (options: typeof inInitech) => stranger.enableHook({ hookId }, options),
      (options: typeof inInitech) => stranger.replayDelivery({ deliveryId }, options),
      (options: typeof inInitech) => stranger.getDeliveryRequest({ deliveryId }, options),
      (options: typeof inInitech) => stranger.sendTestEvent({ clientId, type: 'post_created' }, options),
    ]) {
      await expectRpcError(call(inInitech), ErrorReason.NOT_FOUND);
      await expectRpcError(call(inAcme), ErrorReason.NOT_AN_ADMIN);
    }
  });
});
