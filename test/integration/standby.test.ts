import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { type PostgresInstance, startPostgres } from '../../scripts/dependencies/postgres.ts';
import { asUserId } from '../../services/auth-server/domain/ids.ts';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { whyNotUsable } from '../../services/auth-server/store/postgres/primary.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { readTokenStates } from '../../services/auth-server/store/token-state.ts';
import { type Standby, startStandby } from '../support/standby.ts';

const UNAVAILABLE = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE, cause: { code: '25006' } };
const USER = { id: asUserId(5), name: 'Uma', email: '', profilePicture: '' };
const HASH = Buffer.alloc(32);

let primary: PostgresInstance;
let standby: Standby;
let db: Kysely<Schema>;

beforeAll(async () => {
  primary = await startPostgres();
  await migrateToLatest(primary.url);
  standby = await startStandby(primary);
  db = openDatabase({ url: standby.url, poolSize: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 });
});
afterAll(async () => {
  await db?.destroy();
  await standby?.stop();
  await primary?.stop();
});

test('a standby returns no token state and accepts no change until it is promoted', async () => {
  const { stores } = new PgDatabase(db);
  await expect(readTokenStates(db, [HASH])).rejects.toMatchObject(UNAVAILABLE);
  await expect(stores.directory.putUser(USER, new Date())).rejects.toMatchObject(UNAVAILABLE);
  expect(await whyNotUsable(db)).toBe('DATABASE_URL leads to a standby');
  await migrateToLatest(standby.url); // nothing to migrate: a server on a standby starts, but is not ready

  await standby.promote();
  expect((await readTokenStates(db, [HASH])).states).toEqual([{ inactive: 'unknown', stamps: [] }]);
  await stores.directory.putUser(USER, new Date());
  expect(await whyNotUsable(db)).toBeUndefined();
});
