import { expect, onTestFinished, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { ActivityPerformer, InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, STRANGER, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();
const asGlobex = { headers: { 'x-organization': 'globex' } };

async function activityOf(installId: string, page = 1, perPage = 100) {
  const installs = await bed.world.rpcAs(InstallService, TARGET_ADMIN);
  return (await installs.listInstallActivity({ installId, page, perPage }, asGlobex)).activity;
}

test('lists consent, the refreshes of a day as one, changes of the app and the end, newest first, with who did it', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const first = await world.install(app, { scope: 'posts:read' });
  const installId = await world.installId(app);
  const second = expectStatus(200, await world.refresh(app, first.refresh_token)).body;
  expectStatus(200, await world.refresh(app, second.refresh_token));
  expectStatus(200, await world.changeApp(app, { declared_scopes: ['posts:read'] }));
  await world.suspendApp(app);
  expectStatus(204, await world.disconnect(installId));

  const { APP, APP_OWNER, PLATFORM, USER } = ActivityPerformer;
  expect(await activityOf(installId)).toMatchObject([
    { action: 'install.disconnected', performer: USER, userName: 'Tara', count: 1 },
    { action: 'app.suspended', performer: PLATFORM, userName: '' },
    { action: 'app.changed', performer: APP_OWNER, userName: '', details: { fields: 'declared_scopes' } },
    { action: 'install.refreshed', performer: APP, count: 2 },
    { action: 'install.granted', performer: APP },
    { action: 'consent.approved', performer: USER, userName: 'Tara', details: { scope: 'posts:read' } },
  ]);
  // The reason of the suspension is only for operators.
  expect((await activityOf(installId))[1]?.details).toEqual({});
  expect((await activityOf(installId, 2, 2)).map(({ action }) => action)).toEqual(['app.changed', 'install.refreshed']);
});

test('lists events of the app from the first grant of the install to its end', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  await world.suspendApp(app);
  await world.resumeApp(app);
  await world.install(app);
  const installId = await world.installId(app);
  await world.suspendApp(app);
  await world.resumeApp(app);
  await world.install(app);
  expectStatus(204, await world.disconnect(installId));
  await world.suspendApp(app);
  await world.resumeApp(app);
  await world.install(app);

  expect((await activityOf(installId)).map(({ action }) => action)).toEqual([
    'install.disconnected',
    'install.granted',
    'consent.approved',
    'app.resumed',
    'app.suspended',
    'install.granted',
    'consent.approved',
  ]);
});

test('does not name users of the organization that owns the app', async () => {
  const hooks = new Hooks(bed);
  const receiver = await Receiver.start();
  onTestFinished(() => receiver.stop());
  const app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  const installId = await bed.world.installId(app);
  await hooks.rotate((await hooks.installHookOf(app)).id);
  expect((await activityOf(installId))[0]).toMatchObject({
    action: 'app_hook_secret_rotated',
    performer: ActivityPerformer.APP_OWNER,
    userName: '',
  });
});

test('shows nothing of the app in other organizations, and nothing to their admins', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const other = await world.newOrganization();
  await world.installInto(other, app);
  await world.install(app);
  const installId = await world.installId(app);
  expect((await activityOf(installId)).map(({ action }) => action)).toEqual(['install.granted', 'consent.approved']);

  const stranger = await world.rpcAs(InstallService, STRANGER);
  const asInitech = { headers: { 'x-organization': 'initech' } };
  await expectRpcError(stranger.listInstallActivity({ installId }, asInitech), ErrorReason.NOT_FOUND);
});
