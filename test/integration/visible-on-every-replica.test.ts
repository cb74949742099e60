/**
 * Guarantee G1 (docs/caching.md): when a change has returned success, no Introspect that starts later, on any replica,
 * returns an older state. Tests each kind of change with the older state in the shared cache.
 */
import { beforeEach, expect, test } from 'vitest';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { EveryPort } from '../support/every-port.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OwnOrganization, type Pair, type RegisteredApp } from '../support/world.ts';

const REPLICAS = 3;
const bed = testBed({ replicas: REPLICAS });

let everyPort: EveryPort;
let owner: OwnOrganization;
let target: OwnOrganization;
let app: RegisteredApp;
let code: string;
let pair: Pair;

beforeEach(async () => {
  everyPort = new EveryPort(bed.system); // a connection is closed after a minute, which this client does not retry
  owner = await bed.world.newOrganization();
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp({}, owner);
  code = await newCode();
  pair = expectStatus(200, await bed.world.exchange(app, code)).body;
});

const newCode = () => bed.world.code(app, { target_organization_id: Number(target.id), actor: 'self' }, target.admin);
const asOwner = async (method: string, body?: unknown) =>
  bed.world.as(owner.admin, method, `/oauth/apps/${app.clientId}`, body, owner.subdomain);
const asTarget = (method: string, path: string) =>
  bed.world.as(target.admin, method, path, undefined, target.subdomain);
const installId = async () => (await asTarget('GET', '/oauth/installs')).body.installs[0].id;
const userId = () => BigInt(target.admin);
const { ACTIVE, SUSPENDED } = OrganizationStatus;

const NARROWER = ['posts:read', 'comments:read'];
const GONE = 'inactive';

/** Each kind of change, and the state of the token on every replica afterwards. */
const CHANGES: Record<string, { before?: () => Promise<unknown>; change: () => Promise<unknown>; after: string }> = {
  disconnect: { change: async () => asTarget('DELETE', `/oauth/installs/${await installId()}`), after: GONE },
  'revocation of the access token': {
    change: () => bed.world.client(app, '/oauth/revoke', { token: pair.access_token }),
    after: GONE,
  },
  'revocation of the refresh token': {
    change: () => bed.world.client(app, '/oauth/revoke', { token: pair.refresh_token }),
    after: GONE,
  },
  'revocation by an operator': {
    change: async () => bed.world.operator.revokeInstall({ installId: await installId(), reason: 'r' }),
    after: GONE,
  },
  refresh: { change: () => bed.world.refresh(app, pair.refresh_token), after: GONE },
  're-consent and exchange': { change: async () => bed.world.exchange(app, await newCode()), after: GONE },
  'code replay': { change: () => bed.world.exchange(app, code), after: GONE },
  'scopes narrowed': {
    change: () => asOwner('PATCH', { declared_scopes: NARROWER }),
    after: `${NARROWER.join(' ')} @subdomain`,
  },
  'actor mode withdrawn': { change: () => asOwner('PATCH', { allowed_actor_modes: ['app'] }), after: GONE },
  'app deleted': { change: () => asOwner('DELETE'), after: GONE },
  'role downgraded': {
    change: () => bed.world.setRole(target.id, target.admin, Role.MEMBER),
    after: 'posts:read comments:read @subdomain',
  },
  'role upgraded': {
    before: () => bed.world.setRole(target.id, target.admin, Role.MEMBER),
    change: () => bed.world.setRole(target.id, target.admin, Role.MANAGER),
    after: 'posts:read posts:write comments:read @subdomain',
  },
  'member removed': {
    change: () => bed.world.directory.deleteMembership({ organizationId: target.id, userId: userId() }),
    after: GONE,
  },
  'member put back': {
    before: () => bed.world.directory.deleteMembership({ organizationId: target.id, userId: userId() }),
    change: () => bed.world.setRole(target.id, target.admin, Role.ADMIN),
    after: 'posts:read posts:write comments:read @subdomain',
  },
  'user deleted': { change: () => bed.world.directory.deleteUser({ userId: userId() }), after: GONE },
  'organization renamed': {
    change: () => bed.world.putOrganization(target, { subdomain: `renamed-${target.id}` }),
    after: 'posts:read posts:write comments:read @renamed',
  },
  'app suspended': { change: () => bed.world.suspendApp(app), after: GONE },
  'app resumed': {
    before: () => bed.world.suspendApp(app),
    change: () => bed.world.resumeApp(app),
    after: 'posts:read posts:write comments:read @subdomain',
  },
  'target organization suspended': {
    change: () => bed.world.putOrganization(target, { status: SUSPENDED }),
    after: GONE,
  },
  'target organization resumed': {
    before: () => bed.world.putOrganization(target, { status: SUSPENDED }),
    change: () => bed.world.putOrganization(target, { status: ACTIVE }),
    after: 'posts:read posts:write comments:read @subdomain',
  },
  'owner organization suspended': {
    change: () => bed.world.putOrganization(owner, { status: SUSPENDED }),
    after: GONE,
  },
  'owner organization resumed': {
    before: () => bed.world.putOrganization(owner, { status: SUSPENDED }),
    change: () => bed.world.putOrganization(owner, { status: ACTIVE }),
    after: 'posts:read posts:write comments:read @subdomain',
  },
};

async function responses(): Promise<string[]> {
  const all = await everyPort.introspect(pair.access_token);
  return all.map(({ active, scopes, organization }) =>
    active ? `${scopes.join(' ')} @${organization?.subdomain}` : GONE,
  );
}

test.for(Object.entries(CHANGES))('visible to the next Introspect on both ports of every replica: %s', async ([
  _kind,
  row,
]) => {
  await row.before?.();
  await bed.entries.fill(pair.access_token, responses);
  const [before] = await responses();
  await row.change();
  const expected = row.after.replace('@subdomain', `@${target.subdomain}`).replace('@renamed', `@renamed-${target.id}`);
  expect(await responses()).toEqual(Array.from({ length: 2 * REPLICAS }, () => expected));
  expect(before).not.toBe(expected);
});

test('a change that affects no access keeps the cache', async () => {
  await bed.entries.fill(pair.access_token, responses);
  const other = await bed.world.newOrganization();
  await bed.world.installInto(other, app);
  await bed.world.putOrganization(other, { status: SUSPENDED });
  expect(await bed.entries.kindOf(pair.access_token)).toBe('S');
});
