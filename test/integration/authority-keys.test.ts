/** Which cache keys a change fences and drops, and which pending invalidations of earlier changes it completes. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import type { Affected } from '../../services/auth-server/domain/authority.ts';
import {
  type AppId,
  asOrganizationId,
  asUserId,
  type CodeId,
  type InstallId,
} from '../../services/auth-server/domain/ids.ts';
import { overdueInvalidations } from '../../services/auth-server/store/authority/pending-invalidations.ts';
import { PgAuthority } from '../../services/auth-server/store/authority/pg-authority.ts';
import type { CredentialHash } from '../../services/common/credentials/hash.ts';
import { type CacheKey, type StampRef, stampKey, tokenKey } from '../../services/common/token-state/keys.ts';
import { databaseBed } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const OWNER = asOrganizationId(1);
const TARGET = asOrganizationId(10);
const OTHER = asOrganizationId(11);
const USER = asUserId(1);
const INSTALL = { install: { appId: APP, organizationId: TARGET } };
const INITIATOR = { performedBy: 'app:client', ipAddress: '', requestId: '' };
const LOCKS = { organizations: { ids: [OWNER], mode: 'share' } } as const;

const bed = databaseBed(beforeAll, { poolSize: 4 });
/** The hash of the access token of INSTALL, and the cache key of that token. */
let hash: CredentialHash;
let installKey: CacheKey;
let fenced: CacheKey[];
let dropped: CacheKey[];
/** Whether calls of the cache fail. */
let unreachable: boolean;

const recordIn = (list: () => CacheKey[]) => async (_changeId: Buffer, keys: readonly CacheKey[]) => {
  if (unreachable) throw new Error('unreachable');
  list().push(...keys);
};
const cache = { names: ['main'], fence: recordIn(() => fenced), drop: recordIn(() => dropped) };

beforeAll(async () => {
  await installMany(bed.cloned.url, 20);
  const [row] = await bed.tables.rows<{ hash: CredentialHash }>(
    'SELECT access_hash AS hash FROM tokens JOIN installs ON installs.id = install_id WHERE organization_id = $1',
    [TARGET],
  );
  hash = row?.hash as CredentialHash;
  installKey = tokenKey(hash);
});
beforeEach(async () => {
  [fenced, dropped, unreachable] = [[], [], false];
  await sql`TRUNCATE pending_invalidations`.execute(bed.db);
});

const authority = (db = bed.db, overrides: Partial<typeof cache> = {}) =>
  new PgAuthority({ grants: db, others: db }, { ...cache, ...overrides }, { propagationTimeoutMs: 50 });
const apply = async () => {};
const change = (affects: Affected, changesTokenState = true) =>
  authority().change({ locks: LOCKS, affects, changesTokenState: async () => changesTokenState, apply });
const pending = async () => (await overdueInvalidations(bed.db, 0, 100)).map(({ key }) => key);
const stamp = (kind: StampRef['kind'], id: number) => stampKey({ kind, id });

/** Leaves the change pending. */
async function changeUnreachably(affects: Affected): Promise<void> {
  unreachable = true;
  await expect(change(affects)).rejects.toMatchObject({ reason: ErrorReason.PROPAGATION_PENDING });
  unreachable = false;
}

test('a change needs one key, however many tokens it affects', async () => {
  const cases: [Affected, CacheKey][] = [
    [INSTALL, installKey],
    [{ app: APP }, stamp('app', APP)],
    [{ organization: OWNER }, stamp('organization', OWNER)],
    [{ user: USER }, stamp('user', USER)],
    [{ user: USER, organization: TARGET }, stamp('user', USER)],
  ];
  for (const [affects, key] of cases) {
    [fenced, dropped] = [[], []];
    await change(affects);
    expect({ fenced, dropped }).toEqual({ fenced: [key], dropped: [key] });
    expect(await pending()).toEqual([]);
  }
});

test('the expected token is fenced once, before the change, and dropped even if the change fails', async () => {
  const expecting = (apply: () => Promise<void>) =>
    authority().change({ locks: LOCKS, affects: INSTALL, expectedAccess: hash, apply });
  await expecting(async () => expect(fenced).toEqual([installKey]));
  expect({ fenced, dropped }).toEqual({ fenced: [installKey], dropped: [installKey] });
  [fenced, dropped] = [[], []];
  const refuse = async () => {
    throw new Error('refused');
  };
  await expect(expecting(refuse)).rejects.toThrow('refused');
  expect({ fenced, dropped }).toEqual({ fenced: [installKey], dropped: [installKey] });
});

test('a change needs no key where the app is not installed', async () => {
  await change({ install: { appId: APP, organizationId: asOrganizationId(999) } });
  expect([...fenced, ...dropped]).toEqual([]);
});

test('a change of an install completes pending invalidations of it and of what it depends on, and no others', async () => {
  const dependencies: Affected[] = [{ app: APP }, { organization: OWNER }, { organization: TARGET }, { user: USER }];
  const others: Affected[] = [
    { install: { appId: APP, organizationId: OTHER } },
    { app: (APP + 1) as AppId },
    { organization: OTHER },
    { user: asUserId(USER + 1) },
  ];
  for (const affects of [INSTALL, ...dependencies, ...others]) await changeUnreachably(affects);
  await change(INSTALL, false);
  expect(fenced).toEqual([]);
  const stamps = [stamp('app', APP), stamp('organization', OWNER), stamp('organization', TARGET), stamp('user', USER)];
  expect(new Set(dropped.map(String))).toEqual(new Set([installKey, ...stamps].map(String)));
  expect(await pending()).toHaveLength(others.length);
});

test('a change of an app completes only the pending invalidations of its own stamp', async () => {
  for (const affects of [INSTALL, { app: APP }, { user: USER }]) await changeUnreachably(affects);
  await change({ app: APP }, false);
  expect(dropped).toEqual([stamp('app', APP)]);
  expect(await pending()).toEqual([installKey, stamp('user', USER)]);
});

test('a change drops the keys of each pending change under the id of that change', async () => {
  await changeUnreachably({ app: APP });
  await changeUnreachably(INSTALL);
  const earlier = (await overdueInvalidations(bed.db, 0, 100)).map(
    ({ changeId, key }) => `${changeId.toString('hex')} ${key}`,
  );
  const calls: string[] = [];
  const drop = async (changeId: Buffer, keys: readonly CacheKey[]) => {
    calls.push(`${changeId.toString('hex')} ${keys}`);
  };
  await authority(bed.db, { drop }).change({ locks: LOCKS, affects: INSTALL, apply });
  expect(calls).toHaveLength(3);
  expect(calls).toEqual(expect.arrayContaining(earlier));
});

test('a token issued while a change waits for locks is among its keys, even if repeatable read is the default', async () => {
  await bed.tables.rows(`ALTER DATABASE ${bed.cloned.name} SET default_transaction_isolation = 'repeatable read'`);
  const fresh = bed.cloned.open({ poolSize: 4 });
  const newHash = createHash('sha256').update('new').digest();
  const locks = { ...LOCKS, install: INSTALL.install };
  let second: Promise<void> | undefined;
  await authority(fresh).change({
    locks,
    affects: INSTALL,
    async apply({ installs, tokens }) {
      // The locks are taken with this statement, the first.
      const { id: installId } = (await installs.findLive(APP, TARGET)) as { id: InstallId };
      second = authority(fresh).change({ locks, affects: INSTALL, apply });
      await expect.poll(() => bed.tables.waitingForLocks(), { timeout: 10_000 }).toBe(1);
      await tokens.endLivePair(installId, 'refreshed', new Date());
      const now = new Date();
      const pair = {
        installId,
        codeId: 1 as CodeId,
        accessHash: newHash as never,
        refreshHash: randomBytes(32) as never,
      };
      await tokens.issuePair(
        { ...pair, issuedAt: now, accessExpiresAt: now, windowStartedAt: now, windowRefreshes: 1 },
        { action: 'install.refreshed', initiator: INITIATOR, organizationId: TARGET, clientId: 'client' },
      );
    },
  });
  await second;
  await fresh.destroy();
  // Both changes may drop `installKey`.
  expect(new Set(dropped.map(String))).toEqual(new Set([installKey, tokenKey(newHash)].map(String)));
});
