/**
 * One Postgres and one Redis for all test files of a project in vitest.config.ts. Each file, or each of its tests, gets its own
 * clone of the migrated template database, and its own key prefix in Redis.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../scripts/dependencies/postgres.ts';
import { startRedis } from '../../scripts/dependencies/redis.ts';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { MIGRATE_FIRST_VARIABLE } from './tiers.ts';

const TEMPLATE_DATABASE = 'template_oauth';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The URL of the superuser for the database `postgres`. */
    databaseAdminUrl: string;
    templateDatabase: string;
    redisUrl: string;
  }
}

/** Vitest calls this before the first file and the returned function after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using started = new AsyncDisposableStack();
  const postgres = started.adopt(await startPostgres(), ({ stop }) => stop());
  const redis = started.adopt(await startRedis(), ({ stop }) => stop());
  await createTemplate(postgres.url);

  project.provide('databaseAdminUrl', postgres.url);
  project.provide('templateDatabase', TEMPLATE_DATABASE);
  project.provide('redisUrl', redis.url);

  const running = started.move();
  return () => running.disposeAsync();
}

/** Forbids connections to the migrated template, because a session would make every clone fail. */
async function createTemplate(adminUrl: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
    const url = new URL(adminUrl);
    url.pathname = TEMPLATE_DATABASE;
    await migrateFirst(url.href);
    await migrateToLatest(url.href);
    await admin.query(`ALTER DATABASE ${TEMPLATE_DATABASE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  } finally {
    await admin.end();
  }
}

/** Simulates an upgrade, where the later release migrates while this one still serves. */
async function migrateFirst(databaseUrl: string): Promise<void> {
  const script = process.env[MIGRATE_FIRST_VARIABLE];
  if (script === undefined) return;
  await promisify(execFile)(process.execPath, [script], { env: { DATABASE_URL: databaseUrl } });
}
