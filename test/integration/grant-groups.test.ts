/** Grants that arrive together share a transaction. Each gets its own result; if one fails, the others succeed. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { GrantChange } from '../../services/auth-server/domain/authority.ts';
import { asOrganizationId, type CodeId, type OrganizationId } from '../../services/auth-server/domain/ids.ts';
import type { Install } from '../../services/auth-server/domain/install/install.ts';
import type { ChangeStep } from '../../services/auth-server/store/authority/change-protocol.ts';
import { PgAuthority } from '../../services/auth-server/store/authority/pg-authority.ts';
import { unavailable } from '../../services/common/errors/app-error.ts';
import type { CacheKey } from '../../services/common/token-state/keys.ts';
import { databaseBed } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const OWNER = asOrganizationId(1);
const INITIATOR = { performedBy: 'app:client', ipAddress: '', requestId: '' };
/** The first group has one grant; those that arrive while it runs form the second. */
const FIRST = asOrganizationId(10);
const SECOND = [asOrganizationId(11), asOrganizationId(12), asOrganizationId(13)] as const;

const bed = databaseBed(beforeAll, { poolSize: 6, statementTimeoutMs: 10_000, lockTimeoutMs: 10_000 });
let other: pg.Client;
let steps: ChangeStep[];
let fences: (readonly CacheKey[])[];
/** Until it is resolved, groups wait after their transaction has begun. */
let gate: PromiseWithResolvers<void>;
let onStep: (step: ChangeStep) => Promise<void>;

const cache = {
  names: ['main'],
  fence: async (_changeId: Buffer, keys: readonly CacheKey[]) => void fences.push(keys),
  drop: async () => {},
};

beforeAll(async () => {
  await installMany(bed.cloned.url, 20);
  other = new pg.Client(bed.cloned.url);
  other.on('error', () => {}); // each query reports its own failure
  await other.connect();
  return () => other.end();
});
beforeEach(() => {
  [steps, fences, gate] = [[], [], Promise.withResolvers<void>()];
  onStep = async (step) => {
    steps.push(step);
    if (step === 'begun') await gate.promise;
  };
});
afterEach(() => other.query('ROLLBACK'));

const grantAt = <T>(organizationId: OrganizationId, apply: GrantChange<T>['apply']): GrantChange<T> => ({
  locks: {
    organizations: { ids: [OWNER, organizationId], mode: 'share' },
    app: { id: APP, mode: 'share' },
    install: { appId: APP, organizationId },
  },
  apply,
});

/** Replaces the live pair of the organization's live install. */
const issueAt = (organizationId: OrganizationId, accessHash = randomBytes(32)) =>
  grantAt(organizationId, async ({ installs, tokens }) => {
    const now = new Date();
    const { id: installId } = (await installs.findLive(APP, organizationId)) as Install;
    await tokens.endLivePair(installId, 'refreshed', now);
    const ids = { installId, codeId: 1 as CodeId, accessHash, refreshHash: randomBytes(32) };
    const times = { issuedAt: now, accessExpiresAt: now, windowStartedAt: now };
    const entry = { action: 'install.refreshed', initiator: INITIATOR, organizationId, clientId: 'client' } as const;
    await tokens.issuePair({ ...ids, ...times, windowRefreshes: 0 }, entry);
    return accessHash;
  });

const newAuthority = () =>
  new PgAuthority({ grants: bed.db, others: bed.db }, cache, {
    propagationTimeoutMs: 50,
    onStep: (step) => onStep(step),
  });

/** Starts the first group, which waits at the gate, so that the grants form the second; then opens the gate. */
async function inOneGroup<T>(grants: readonly GrantChange<T>[]): Promise<PromiseSettledResult<T>[]> {
  const authority = newAuthority();
  const first = authority.grant(issueAt(FIRST));
  await vi.waitUntil(() => steps.length > 0);
  const results = Promise.allSettled(grants.map((grant) => authority.grant(grant)));
  gate.resolve();
  await first;
  return results;
}

const liveHash = async (organizationId: OrganizationId) => {
  const [row] = await bed.tables.rows<{ access_hash: Buffer<ArrayBuffer> }>(
    `SELECT access_hash FROM tokens JOIN installs ON installs.id = install_id
     WHERE organization_id = $1 AND tokens.ended_at IS NULL`,
    [organizationId],
  );
  return row?.access_hash;
};

test('shares one transaction and one fence, and gives each grant its own result', async () => {
  const results = await inOneGroup(SECOND.map((organization) => issueAt(organization)));
  expect(steps.filter((step) => step === 'committed')).toHaveLength(2);
  expect(fences.map((keys) => keys.length)).toEqual([1, SECOND.length]);
  for (const [index, organization] of SECOND.entries()) {
    expect(results[index]).toEqual({ status: 'fulfilled', value: await liveHash(organization) });
  }
});

test('a rejected grant does not affect the others', async () => {
  const before = await liveHash(SECOND[0]);
  const refused = grantAt<Buffer>(SECOND[0], async ({ tokens, installs }) => {
    const { id } = (await installs.findLive(APP, SECOND[0])) as Install;
    await tokens.endLivePair(id, 'refreshed', new Date());
    throw new Error('refused');
  });
  const [first, second] = await inOneGroup([refused, issueAt(SECOND[1])]);
  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'refused' } });
  expect(second).toEqual({ status: 'fulfilled', value: await liveHash(SECOND[1]) });
  expect(await liveHash(SECOND[0])).toEqual(before);
});

test('a grant whose statement fails does not affect the others', async () => {
  const taken = await liveHash(asOrganizationId(FIRST + 5));
  const [first, second, third] = await inOneGroup([issueAt(SECOND[0]), issueAt(SECOND[1], taken), issueAt(SECOND[2])]);
  expect(second?.status).toBe('rejected');
  expect(first).toEqual({ status: 'fulfilled', value: await liveHash(SECOND[0]) });
  expect(third).toEqual({ status: 'fulfilled', value: await liveHash(SECOND[2]) });
});

test('a grant whose install is locked does not delay its group', async () => {
  await other.query('BEGIN');
  await other.query("SELECT take_lock($1, 'update')", [`install:${APP}:${SECOND[0]}`]);
  let locked = true;
  const waiting = grantAt(SECOND[0], async ({ installs }) => {
    await installs.findLive(APP, SECOND[0]);
    expect(locked).toBe(false);
  });
  const others = Promise.withResolvers<void>();
  const unlocked = SECOND.slice(1).map((organization) => grantAt(organization, async () => {}));
  onStep = async (step) => {
    steps.push(step);
    if (step === 'begun') await gate.promise;
    if (step === 'dropped' && steps.filter((each) => each === 'dropped').length === 2) others.resolve();
  };
  const results = inOneGroup([waiting, ...unlocked]);
  await others.promise;
  locked = false;
  await other.query('ROLLBACK');
  expect(await results).toEqual([waiting, ...unlocked].map(() => ({ status: 'fulfilled', value: undefined })));
});

test('a grant issues nothing before it has its locks, even if no grant of its group gets them at once', async () => {
  const before = await Promise.all(SECOND.map(liveHash));
  await other.query('BEGIN');
  await other.query("SELECT take_lock($1, 'update')", [`app:${APP}`]);
  onStep = async (step) => {
    steps.push(step);
    if (steps.filter((each) => each === 'begun').length === 2) await gate.promise;
  };
  const authority = newAuthority();
  const results = Promise.allSettled(SECOND.map((organization) => authority.grant(issueAt(organization))));
  await vi.waitUntil(() => steps.length > 1);
  expect(steps).not.toContain('applied');
  expect(await Promise.all(SECOND.map(liveHash))).toEqual(before);
  gate.resolve();
  await other.query('ROLLBACK');
  const issued = (await results).map((result) => (result.status === 'fulfilled' ? result.value : result.reason));
  expect(issued).toEqual(await Promise.all(SECOND.map(liveHash)));
});

test('groups whose keys cannot be dropped yet do not delay the next one', async () => {
  const earlier = SECOND.slice(1);
  let committed = 0;
  onStep = async (step) => {
    if (step === 'committed' && committed++ < earlier.length) await gate.promise;
  };
  const authority = newAuthority();
  let hasReturned = false;
  const granting = earlier.map(async (organization, index) => {
    await vi.waitUntil(() => committed === index);
    await authority.grant(issueAt(organization));
    hasReturned = true;
  });
  await vi.waitUntil(() => committed === earlier.length);
  await authority.grant(issueAt(SECOND[0]));
  expect(hasReturned).toBe(false);
  gate.resolve();
  await Promise.all(granting);
});

test('grants of one install never share a transaction', async () => {
  const results = await inOneGroup([issueAt(SECOND[0]), issueAt(SECOND[0])]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(fences.map((keys) => keys.length)).toEqual([1, 1, 1]);
});

test('repeats no grant if the connection is lost at COMMIT, because the transaction may have been committed', async () => {
  let applied = 0;
  const counted = SECOND.map((organization) =>
    grantAt(organization, async ({ audit }) => {
      applied++;
      await audit.append({ action: 'code.replayed', initiator: INITIATOR, clientId: 'client' }, new Date());
    }),
  );
  onStep = async (step) => {
    steps.push(step);
    if (step === 'begun') await gate.promise;
    if (step === 'fenced' && applied === SECOND.length) {
      await other.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()`);
    }
  };
  const results = await inOneGroup(counted);
  expect(results.map((result) => (result.status === 'rejected' ? result.reason.reason : result))).toEqual(
    SECOND.map(() => unavailable('').reason),
  );
  expect(applied).toBe(SECOND.length);
});
