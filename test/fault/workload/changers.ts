import { OrganizationStatus, Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import type { Outcome } from '../harness/auth-client.ts';
import type { Life } from './life.ts';
import { perform } from './perform.ts';
import type { Tenant } from './tenant.ts';
import { touch } from './touch.ts';
import { rest, type Shift, type Workplace, work } from './workplace.ts';

const ROLES = { admin: Role.ADMIN, member: Role.MEMBER } as const;

/** Each changer is sequential in itself, and they run beside each other on the same tokens. */
export function changeLife(life: Life, place: Workplace, { restMs }: Shift): Promise<void> {
  const { random } = place;
  const waysToEnd = [
    () => life.disconnect(),
    () => life.revokeByOperator(),
    () => life.revokeByRefreshToken(),
    () => life.revokeAccess(),
    () => life.replayCode(),
    () => life.install(),
  ];
  return work(place, restMs, async () => {
    if (life.live === undefined) await (random.chance(0.2) ? life.refresh() : life.install());
    else if (random.chance(0.5)) await life.refresh();
    else await random.pick(waysToEnd)();
  });
}

/** admin ↔ member, and now and then no member at all. */
export function changeRole(tenant: Tenant, place: Workplace, { client, restMs }: Shift): Promise<void> {
  const { organizationId, installerId, role: dimension } = tenant;
  const userId = BigInt(installerId);
  const put = (role: Role) =>
    client.rpc(client.directory.putMembership({ membership: { organizationId, userId, role } }));
  const remove = () => client.rpc(client.directory.deleteMembership({ organizationId, userId }));
  return work(place, restMs, async () => {
    const value = dimension.value === 'admin' ? (place.random.chance(0.2) ? 'none' : 'member') : 'admin';
    const call = () => (value === 'none' ? remove() : put(ROLES[value]));
    const happened = async () => (await place.truth.roleOf(organizationId, installerId)) === value;
    await perform({ dimension, value, call, happened, repeatable: true }, place);
  });
}

/** The app is suspended by an operator, or the organization that owns it by the platform, and resumed the same way. */
export function changeSuspension(tenant: Tenant, place: Workplace, { client, restMs }: Shift): Promise<void> {
  const { appId, clientId, ownerId, ownerSubdomain: subdomain, suspension: dimension } = tenant;
  const setApp = (value: string): Promise<Outcome> => {
    const { operator } = client;
    const request = { clientId, reason: 'test' };
    return client.rpc(value === 'suspended' ? operator.suspendApp(request) : operator.resumeApp(request));
  };
  const setOwner = (value: string): Promise<Outcome> => {
    const status = value === 'suspended' ? OrganizationStatus.SUSPENDED : OrganizationStatus.ACTIVE;
    return client.rpc(
      client.directory.putOrganization({ organization: { id: ownerId, subdomain, name: subdomain, status } }),
    );
  };
  const ofApp = { set: setApp, get: () => place.truth.appStatus(appId) };
  const ofOwner = { set: setOwner, get: async () => (await place.truth.organization(ownerId)).status };
  return work(place, restMs, async () => {
    const { set, get } = place.random.chance(0.5) ? ofApp : ofOwner;
    const turn = (value: string) => {
      const happened = async () => (await get()) === value;
      return perform({ dimension, value, call: () => set(value), happened, repeatable: true }, place);
    };
    await turn('suspended');
    await rest(place.closing, restMs / 3);
    // Whoever suspends also resumes, however often that takes.
    while (dimension.value === 'suspended' && !place.closing.aborted) await turn('active');
  });
}

/** The subdomain never repeats, so every answer says which version it is from. */
export function changeSubdomain(tenant: Tenant, place: Workplace, { client, restMs }: Shift): Promise<void> {
  const { organizationId: id, subdomain: dimension } = tenant;
  let count = 0;
  return work(place, restMs, async () => {
    const value = `globex-${id}-${++count}`;
    const call = () =>
      client.rpc(client.directory.putOrganization({ organization: { id, subdomain: value, name: 'Globex' } }));
    const happened = async () => (await place.truth.organization(id)).subdomain === value;
    await perform({ dimension, value, call, happened, repeatable: true }, place);
  });
}

/** Changes that fence and drop without changing any answer: the fences of the others must survive them. */
export function touchApp(tenant: Tenant, place: Workplace, { client, restMs }: Shift): Promise<void> {
  return work(place, restMs, () => touch(tenant, client));
}
