import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Retention } from '../../services/auth-server/jobs/retention.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { createLog } from '../../services/common/process/log.ts';
import { type System, startSystem } from '../support/system.ts';
import { expectStatus, World } from '../support/world.ts';

let system: System;
let world: World;
let db: Kysely<Schema>;

beforeAll(async () => {
  system = await startSystem();
  world = await new World(system).seed();
  db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: system.databaseUrl }) }),
  });
});
afterAll(async () => {
  await db?.destroy();
  await system?.stop();
});

test('pairs and codes that are long dead go, live ones and fresh ones stay', async () => {
  const app = await world.registerApp();
  const first = await world.install(app);
  const second = expectStatus(200, await world.refresh(app, first.refresh_token)).body;
  const third = expectStatus(200, await world.refresh(app, second.refresh_token)).body;
  await sql`UPDATE tokens SET ended_at = now() - interval '31 days' WHERE id = (SELECT min(id) FROM tokens)`.execute(
    db,
  );
  await sql`UPDATE authorization_codes SET expires_at = now() - interval '31 days'`.execute(db);

  await new Retention(db, createLog('test', 'silent')).run();

  const left = await db.selectFrom('tokens').select('end_reason').orderBy('id').execute();
  expect(left.map(({ end_reason }) => end_reason)).toEqual(['refreshed', null]);
  expect(await db.selectFrom('authorization_codes').select('id').execute()).toEqual([]);
  expect((await world.introspect(third.access_token)).active).toBe(true);
});
