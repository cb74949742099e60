import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
const LIFECYCLE = ['app_installed', 'app_uninstalled', 'token_revoked'];

const hooks = new Hooks(bed);
let receiver: Receiver;
let target: OrganizationWithAdmin;
let app: RegisteredApp;
/** The secret of the app's own hook. */
let secret: string;

beforeEach(async () => {
  receiver = await Receiver.start();
  target = await bed.world.newOrganization();
  app = await hooks.registerApp(receiver.url, { subscribed_webhook_events: ['post_created', ...LIFECYCLE] });
  const [appHook] = await hooks.list(app);
  secret = await hooks.rotate(appHook.id);
});
afterEach(() => receiver.stop());

const organization = () => ({ id: Number(target.id), subdomain: target.subdomain });
const installId = async () => (await hooks.installHookOf(app)).install_id;
const disconnect = async () => bed.world.disconnect(await installId(), target);
const ofType = (type: string) => receiver.waitFor(1, ({ event }) => event.type === type).then(([first]) => first);
const types = async () => (await hooks.deliveries(app)).map(({ event_type }) => event_type);

test('every app has its own hook, which receives the lifecycle events that the app subscribes to', async () => {
  expect(await hooks.list(app)).toEqual([
    {
      id: expect.any(String),
      install_id: null,
      organization: null,
      url: receiver.url,
      events: LIFECYCLE,
      enabled: true,
      disabled_at: null,
      secret_created_at: expect.any(String),
      previous_secret_expires_at: null,
    },
  ]);
});

test('sends app_installed, signed with the secret of the app’s own hook, without a grant for the event', async () => {
  await bed.world.installInto(target, app);
  const received = await ofType('app_installed');
  expect(verify(secret, received as never)).toEqual({
    type: 'app_installed',
    created: expect.any(Number),
    data: {
      install_id: await installId(),
      organization: organization(),
      actor: 'app',
      granted_scopes: ['posts:read', 'webhooks:manage'],
      granted_webhook_events: ['post_created'],
    },
  });
});

test('another consent of the same install sends no app_installed', async () => {
  await bed.world.installInto(target, app);
  await bed.world.installInto(target, app, { granted_webhook_events: [] });
  expect(await types()).toEqual(['app_installed']);
});

describe('sends app_uninstalled', () => {
  const endings: Record<string, (pair: { refresh_token: string }) => Promise<unknown>> = {
    disconnected: () => disconnect(),
    revoked_by_app: ({ refresh_token: token }) => bed.world.client(app, '/oauth/revoke', { token }),
    async revoked_by_operator() {
      await bed.world.operator.revokeInstall({ installId: await installId(), reason: 'test' });
    },
    mode_withdrawn: () => bed.world.changeApp(app, { allowed_actor_modes: ['self'] }),
    scopes_withdrawn: () => bed.world.changeApp(app, { declared_scopes: ['roadmap:read', 'webhooks:manage'] }),
    organization_deleted: () => bed.world.directory.deleteOrganization({ organizationId: target.id }),
  };

  test.each(Object.entries(endings))('with the reason %s', async (reason, end) => {
    const pair = await bed.world.installInto(target, app, { scope: 'posts:read' });
    const id = await installId();
    await end(pair);
    const received = await ofType('app_uninstalled');
    expect(received?.event.data).toEqual({ install_id: id, organization: organization(), reason });
    expect(verify(secret, received as never)).toEqual(received?.event);
  });

  test('once, even if the install is disconnected by several concurrent calls', async () => {
    await bed.world.installInto(target, app);
    const id = await installId();
    await Promise.all(Array.from({ length: 5 }, () => bed.world.disconnect(id, target)));
    expect(await types()).toEqual(['app_uninstalled', 'app_installed']);
  });
});

describe('sends token_revoked if the install continues', () => {
  test('with the reason revoked_by_app', async () => {
    const { access_token: token } = await bed.world.installInto(target, app);
    for (let repeat = 0; repeat < 2; repeat++) await bed.world.client(app, '/oauth/revoke', { token });
    const received = await ofType('token_revoked');
    const data = { install_id: await installId(), organization: organization(), reason: 'revoked_by_app' };
    expect(received?.event.data).toEqual(data);
    expect(await types()).toEqual(['token_revoked', 'app_installed']);
  });

  test('with the reason code_replayed', async () => {
    const code = await bed.world.codeFor(target, app);
    expectStatus(200, await bed.world.exchange(app, code));
    expectStatus(400, await bed.world.exchange(app, code));
    expect((await ofType('token_revoked'))?.event.data.reason).toBe('code_replayed');
  });
});

test('sends nothing to an app that does not subscribe to lifecycle events', async () => {
  const quiet = await hooks.registerApp(receiver.url);
  const { refresh_token: token } = await bed.world.installInto(target, quiet);
  await bed.world.client(quiet, '/oauth/revoke', { token });
  expect(await hooks.deliveries(quiet)).toEqual([]);
});

test('sends nothing if the exchange is rejected', async () => {
  const code = await bed.world.codeFor(target, app);
  await bed.world.suspendApp(app);
  expectStatus(400, await bed.world.exchange(app, code));
  await bed.world.resumeApp(app);
  expect(await hooks.deliveries(app)).toEqual([]);
});

test('lifecycle events cannot be granted, and the consent page does not list them', async () => {
  const { body } = await bed.world.view(app, {}, target.admin);
  expect(body.webhook_events).toEqual(['post_created']);
  await bed.world.installInto(target, app, { granted_webhook_events: ['post_created', 'app_uninstalled'] });
  expect((await hooks.installHookOf(app)).events).toEqual(['post_created']);
});
