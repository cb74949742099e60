/** `services/auth-server/migrate.ts`, which a job runs before the servers of a release start. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { type ClonedDatabase, cloneDatabase } from '../support/database.ts';
import type { Tables } from '../support/tables.ts';

const COMMAND = fileURLToPath(new URL('../../services/auth-server/migrate.ts', import.meta.url));
const migrate = (environment: Record<string, string>) =>
  promisify(execFile)(process.execPath, [COMMAND], { env: { PATH: process.env.PATH ?? '', ...environment } });

let cloned: ClonedDatabase;
let tables: Tables;

beforeEach(async () => {
  cloned = await cloneDatabase();
  tables = cloned.tables;
  return () => cloned.drop();
});

test('migrates an empty database, and then has nothing to do', async () => {
  await tables.rows('DROP SCHEMA public CASCADE');
  await tables.rows('CREATE SCHEMA public');
  const first = await migrate({ DATABASE_URL: cloned.url });
  const second = await migrate({ DATABASE_URL: cloned.url });
  expect(await tables.count('kysely_migration')).toBeGreaterThan(0);
  expect(first.stderr).toContain('"msg":"migrating the database"');
  expect(second.stderr).not.toContain('"msg":"migrating the database"');
  expect(second.stderr).toContain('"msg":"the database is migrated"');
});

test('fails with the reason, and without the password', async () => {
  const url = new URL(cloned.url);
  url.password = 'canary';
  url.pathname = '/missing';
  await expect(migrate({})).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('DATABASE_URL is required'),
  });
  const failure = await migrate({ DATABASE_URL: url.href }).catch((error: { code: number; stderr: string }) => error);
  expect(failure).toMatchObject({ code: 1 });
  expect(failure.stderr).not.toContain('canary');
});
