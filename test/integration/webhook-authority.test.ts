/** An install receives events only while its effective scopes, as Introspect returns them, contain webhooks:manage. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { Hooks } from '../support/hooks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
const FIRST_RETRY_SECONDS = 5 * 60;

const hooks = new Hooks(bed);
let receiver: Receiver;
let target: OrganizationWithAdmin;
let app: RegisteredApp;

beforeEach(async () => {
  receiver = await Receiver.start();
  target = await bed.world.newOrganization();
  app = await hooks.registerApp(receiver.url, { allowed_actor_modes: ['app', 'self'] });
});
afterEach(() => receiver.stop());

const install = (actor: 'app' | 'self') => bed.world.installInto(target, app, { actor });
const publish = () => hooks.publish({ organizationId: target.id });
const setRole = (role: Role) => bed.world.setRole(target.id, target.admin, role);
const removeUser = () => bed.world.removeMember(target);
const replay = ({ id }: { id: string }) => hooks.owner('POST', `/oauth/deliveries/${id}/replay`);

describe.each<[string, () => Promise<unknown>]>([
  ['downgraded to member', () => setRole(Role.MEMBER)],
  ['downgraded to csm', () => setRole(Role.CSM)],
  ['removed from the organization', removeUser],
])('after the user of a self install was %s', (_what, loseAuthority) => {
  beforeEach(() => install('self'));

  test('nothing is published to the install; once the user is an admin again, new events are', async () => {
    await loseAuthority();
    expect((await publish()).deliveries).toBe(0);
    await setRole(Role.ADMIN);
    expect((await publish()).deliveries).toBe(1);
    await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
    expect(receiver.received).toHaveLength(1);
  });

  test('a delivery that waits for a retry is cancelled and cannot be replayed', async () => {
    receiver.respondWith(500);
    await publish();
    await hooks.until(app, ([newest]) => newest?.attempts.length === 1);
    receiver.respondWith(204);
    await loseAuthority();
    clock.advance(FIRST_RETRY_SECONDS);
    const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'cancelled');
    expect(receiver.received).toHaveLength(1);
    expect((await replay(delivery)).status).toBe(409);
  });

  test('a delivery that had succeeded cannot be replayed until the user may manage webhooks again', async () => {
    await publish();
    const [delivery] = await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
    await loseAuthority();
    expect((await replay(delivery)).status).toBe(409);
    await setRole(Role.MANAGER);
    expectStatus(200, await replay(delivery));
  });
});

test('an install that acts as the app does not depend on the user who consented', async () => {
  await install('app');
  await removeUser();
  expect((await publish()).deliveries).toBe(1);
});
