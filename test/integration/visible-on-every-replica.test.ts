/**
 * The guarantee of docs/caching.md: when a change has returned success, no Introspect that starts later, on any replica,
 * returns an earlier state. Tests each kind of change with the earlier state in the shared cache, except the deletion of an
 * organization (delete-organization.test.ts).
 */
import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { EveryPort } from '../support/every-port.ts';
import { sumOf } from '../support/scrape.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const REPLICAS = 3;
const bed = testBed({ replicas: REPLICAS });

let everyPort: EveryPort;
let owner: OrganizationWithAdmin;
let target: OrganizationWithAdmin;
let app: RegisteredApp;
let code: string;
let pair: Pair;

beforeEach(async () => {
  everyPort = new EveryPort(bed.system);
  owner = await bed.world.newOrganization();
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp({}, owner);
  code = await newCode();
  pair = expectStatus(200, await bed.world.exchange(app, code)).body;
});

const newCode = () => bed.world.codeFor(target, app, { actor: 'self' });
const narrow = (fields: Record<string, unknown>) => bed.world.changeApp(app, fields, owner);
const installId = () => bed.world.installId(app, target);
const setRole = (role: Role) => bed.world.setRole(target.id, target.admin, role);
const revoke = (token: string) => bed.world.client(app, '/oauth/revoke', { token });

const NARROWER = ['posts:read', 'comments:read'];
const GONE = 'inactive';

const ALL = 'posts:read posts:write comments:read @subdomain';

interface Change {
  readonly before?: () => Promise<unknown>;
  readonly change: () => Promise<unknown>;
  /** The state of the token on every replica afterwards; default: inactive. */
  readonly after?: string;
}

const CHANGES: Record<string, Change> = {
  disconnect: { change: async () => bed.world.disconnect(await installId(), target) },
  'revocation of the access token': { change: () => revoke(pair.access_token) },
  'revocation of the refresh token': { change: () => revoke(pair.refresh_token) },
  'revocation by an operator': {
    change: async () => bed.world.operator.revokeInstall({ installId: await installId(), reason: 'r' }),
  },
  refresh: { change: () => bed.world.refresh(app, pair.refresh_token) },
  're-consent and exchange': { change: async () => bed.world.exchange(app, await newCode()) },
  'code replay': { change: () => bed.world.exchange(app, code) },
  'scopes narrowed': { change: () => narrow({ declared_scopes: NARROWER }), after: `${NARROWER.join(' ')} @subdomain` },
  'actor mode withdrawn': { change: () => narrow({ allowed_actor_modes: ['app'] }) },
  'app deleted': { change: () => bed.world.deleteApp(app, owner) },
  'role downgraded': { change: () => setRole(Role.MEMBER), after: 'posts:read comments:read @subdomain' },
  'role upgraded': { before: () => setRole(Role.MEMBER), change: () => setRole(Role.MANAGER), after: ALL },
  'member removed': { change: () => bed.world.removeMember(target) },
  'member added again': {
    before: () => bed.world.removeMember(target),
    change: () => setRole(Role.ADMIN),
    after: ALL,
  },
  'user deleted': { change: () => bed.world.deleteUser(target.admin) },
  'subdomain of the target organization changed': {
    change: () => bed.world.putOrganization(target, { subdomain: `renamed-${target.id}` }),
    after: ALL.replace('@subdomain', '@renamed'),
  },
  'app suspended': { change: () => bed.world.suspendApp(app) },
  'app resumed': { before: () => bed.world.suspendApp(app), change: () => bed.world.resumeApp(app), after: ALL },
  'target organization suspended': { change: () => bed.world.suspend(target) },
  'target organization resumed': {
    before: () => bed.world.suspend(target),
    change: () => bed.world.activate(target),
    after: ALL,
  },
  'owner organization suspended': { change: () => bed.world.suspend(owner) },
  'owner organization resumed': {
    before: () => bed.world.suspend(owner),
    change: () => bed.world.activate(owner),
    after: ALL,
  },
};

async function responses(): Promise<string[]> {
  const all = await everyPort.introspect(pair.access_token);
  return all.map(({ active, scopes, organization }) =>
    active ? `${scopes.join(' ')} @${organization?.subdomain}` : GONE,
  );
}

/** How many reads of the cache by all replicas had this result; without one, all reads. */
async function cacheReads(result?: string): Promise<number> {
  const labels = result === undefined ? {} : { result };
  const ofReplica = (address: string) => sumOf(address, 'introspection_cache_reads_total', labels);
  const counts = await Promise.all(bed.system.metrics.introspection.map(ofReplica));
  return counts.reduce((sum, count) => sum + count, 0);
}

test.for(Object.entries(CHANGES))('visible on both ports of every replica: %s', async ([_kind, row]) => {
  await row.before?.();
  await bed.entries.fill(pair.access_token, responses);
  const [before] = await responses();
  await row.change();
  const after = row.after ?? GONE;
  const expected = after.replace('@subdomain', `@${target.subdomain}`).replace('@renamed', `@renamed-${target.id}`);
  expect(await responses()).toEqual(Array.from({ length: 2 * REPLICAS }, () => expected));
  expect(before).not.toBe(expected);
});

test('a change of another organization does not invalidate the state', async () => {
  await bed.entries.fill(pair.access_token, responses);
  const other = await bed.world.newOrganization();
  await bed.world.installInto(other, app);
  await bed.world.suspend(other);
  expect(await bed.entries.kindOf(pair.access_token)).toBe('S');
  // The state stays in the cache also if one of its stamps is dropped. It is then no longer valid, and a read is a miss.
  const [reads, misses] = [await cacheReads(), await cacheReads('missed')];
  await responses();
  expect(await cacheReads()).toBe(reads + 2 * REPLICAS);
  expect(await cacheReads('missed')).toBe(misses);
});
