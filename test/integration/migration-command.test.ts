/** `services/auth-server/migrate.ts`, which a job runs before the servers of a release start. */
import { beforeEach, expect, test } from 'vitest';
import { databaseBed } from '../support/database.ts';
import { runScript } from '../support/run-script.ts';

const bed = databaseBed(beforeEach);
const migrate = (url?: string) => runScript('services/auth-server/migrate.ts', [], url ? { DATABASE_URL: url } : {});

test('migrates an empty database, and then has nothing to do', async () => {
  await bed.tables.rows('DROP SCHEMA public CASCADE');
  await bed.tables.rows('CREATE SCHEMA public');
  const [first, second] = [await migrate(bed.cloned.url), await migrate(bed.cloned.url)];
  expect(await bed.tables.count('kysely_migration')).toBeGreaterThan(0);
  expect(first.stderr).toContain('"msg":"migrating the database"');
  expect(second.stderr).not.toContain('"msg":"migrating the database"');
  expect(second.stderr).toContain('"msg":"the database is migrated"');
});

test('a failure prints the reason, but never the password', async () => {
  const missing = { code: 1, stderr: expect.stringContaining('DATABASE_URL is required') };
  await expect(migrate()).rejects.toMatchObject(missing);
  const url = new URL(bed.cloned.url);
  url.password = 'canary';
  url.pathname = '/missing';
  await expect(migrate(url.href)).rejects.toMatchObject({ code: 1, stderr: expect.not.stringContaining('canary') });
});
