/** Locks on rows that do not exist yet: two concurrent changes that create the same row, and an exchange after the second one. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppUpdates } from '../../services/auth-server/domain/app/app-updates.ts';
import { DirectoryManager } from '../../services/auth-server/domain/directory/directory-manager.ts';
import {
  type AppId,
  asOrganizationId,
  asUserId,
  type CodeId,
  type OrganizationId,
  type UserId,
} from '../../services/auth-server/domain/ids.ts';
import type { ChangeStep } from '../../services/auth-server/store/authority/change-protocol.ts';
import { PgAuthority } from '../../services/auth-server/store/authority/pg-authority.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { readTokenStates } from '../../services/auth-server/store/token-state.ts';
import { TokenStateCache } from '../../services/auth-server/token-state/cache.ts';
import { RedisConnection } from '../../services/auth-server/token-state/redis-connection.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import type { StampRef } from '../../services/common/token-state/keys.ts';
import type { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';
import { databaseBed } from '../support/database.ts';
import { entryCache, readPathOver, stateSource } from '../support/read-path.ts';
import { redisNamespace, untilReady } from '../support/redis.ts';

const [OWNER, TARGET, NEW_ORGANIZATION] = [asOrganizationId(1), asOrganizationId(2), asOrganizationId(7)];
const [ADMIN, NEW_USER] = [asUserId(1), asUserId(9)];
const APP = 1 as AppId;
const INITIATOR = { performedBy: 'platform', ipAddress: '', requestId: '' };

const bed = databaseBed(beforeAll, { poolSize: 10 });
let redis: RedisConnection;
let cache: TokenStateCache & { readonly names: readonly string[] };
let entries: EntryCache;
/** Introspects as a replica does, except that every state depends on all stamps of the test. */
let introspect: (accessHash: Buffer) => Promise<string>;

beforeAll(async () => {
  const namespace = { ...redisNamespace(), commandTimeoutMs: 5_000 };
  redis = new RedisConnection(namespace);
  await untilReady(redis);
  cache = Object.assign(new TokenStateCache(redis), { names: ['main'] });
  entries = await entryCache(namespace);
  const stamps: StampRef[] = [
    { kind: 'app', id: APP },
    ...[OWNER, TARGET, NEW_ORGANIZATION].map((id): StampRef => ({ kind: 'organization', id })),
    ...[ADMIN, NEW_USER].map((id): StampRef => ({ kind: 'user', id })),
  ];
  introspect = readPathOver(entries, stateSource(cache, { stamps, read: stateInPostgres })).introspect;
  for (const statement of [
    `INSERT INTO organizations (id, subdomain, name) VALUES (${OWNER}, 'acme', ''), (${TARGET}, 'globex', '')`,
    `INSERT INTO users (id, name, email, profile_picture) VALUES (${ADMIN}, '', '', '')`,
    `INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
      subscribed_webhook_events, require_pkce, created_at, updated_at)
     VALUES ('app', ${OWNER}, '', '{}', '{self}', '{posts:read}', '{}', false, now(), now())`,
  ]) {
    await bed.tables.rows(statement);
  }
});
afterAll(() => {
  redis?.close();
  entries?.close();
});

const authority = (onStep?: (step: ChangeStep) => Promise<void>) =>
  new PgAuthority({ grants: bed.db, others: bed.db }, cache, { propagationTimeoutMs: 5_000, onStep });
const directory = (onStep?: (step: ChangeStep) => Promise<void>) => {
  const database = new PgDatabase(bed.db);
  const appUpdates = new AppUpdates(database, systemClock);
  const parts = { database, authority: authority(onStep), appUpdates, wakeAppUpdates: () => {}, clock: systemClock };
  return new DirectoryManager(parts);
};

/** Issues a pair under the locks of an exchange, and introspects its access token, so that the state is cached. */
async function exchange(organizationId: OrganizationId, userId: UserId, accessHash: Buffer): Promise<void> {
  const install = { appId: APP, organizationId };
  await authority().grant({
    locks: {
      organizations: { ids: [OWNER, organizationId], mode: 'share' },
      app: { id: APP, mode: 'share' },
      user: { id: userId, mode: 'share' },
      install,
    },
    apply: async ({ installs, tokens }) => {
      const now = new Date();
      const grant = { ...install, installedBy: userId, actorMode: 'self', scopes: [], webhookEvents: [] } as const;
      const { id: installId } = await installs.put(grant, now);
      const accessExpiresAt = new Date(now.getTime() + 3_600_000);
      const pair = { installId, codeId: 1 as CodeId, accessHash, refreshHash: randomBytes(32) };
      await tokens.issuePair(
        { ...pair, issuedAt: now, accessExpiresAt, windowStartedAt: now, windowRefreshes: 0 },
        { action: 'install.granted', initiator: INITIATOR, organizationId, clientId: 'client' },
      );
    },
  });
  await introspect(accessHash);
}

async function stateInPostgres(accessHash: Buffer): Promise<string> {
  const [state] = (await readTokenStates(bed.db, [accessHash])).states;
  return state?.inactive ?? `active as ${state?.role}`;
}

/** `first` pauses before its commit until `second` is done or waits for a lock that `first` holds. */
async function interleave(first: (paused: DirectoryManager) => Promise<unknown>, second: () => Promise<unknown>) {
  const [applied, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const onStep = async (step: ChangeStep) => {
    if (step !== 'applied') return;
    applied.resolve();
    await resume.promise;
  };
  const changing = first(directory(onStep));
  await applied.promise;
  const concurrent = second();
  const waiting = () => bed.tables.waitingForLocks();
  await Promise.race([concurrent, expect.poll(waiting, { timeout: 20_000 }).toBe(1)]);
  resume.resolve();
  await Promise.all([changing, concurrent]);
}

test('after two concurrent puts of a role for a user without one, the cache agrees with Postgres', async () => {
  const accessHash = randomBytes(32);
  await directory().putUser({ id: NEW_USER, name: '', email: '', profilePicture: '' });
  await interleave(
    (paused) => paused.putMembership({ organizationId: TARGET, userId: NEW_USER, role: 'member' }, INITIATOR),
    async () => {
      await directory().putMembership({ organizationId: TARGET, userId: NEW_USER, role: 'admin' }, INITIATOR);
      await exchange(TARGET, NEW_USER, accessHash);
    },
  );
  expect(await introspect(accessHash)).toBe(await stateInPostgres(accessHash));
});

test('after two concurrent puts of a new organization, one with status suspended, the cache agrees with Postgres', async () => {
  const accessHash = randomBytes(32);
  const organization = { id: NEW_ORGANIZATION, subdomain: 'seven', name: '' };
  await interleave(
    (paused) => paused.putOrganization({ ...organization, status: 'suspended' }, INITIATOR),
    async () => {
      await directory().putOrganization({ ...organization, status: 'active' }, INITIATOR);
      await directory().putMembership({ organizationId: NEW_ORGANIZATION, userId: ADMIN, role: 'admin' }, INITIATOR);
      await exchange(NEW_ORGANIZATION, ADMIN, accessHash);
    },
  );
  expect(await introspect(accessHash)).toBe(await stateInPostgres(accessHash));
});
