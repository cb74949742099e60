/** Migrates the database and exits, for a job that runs before the servers of a release start. Exits with 1 if it fails. */
import { messageOf } from '#common/errors/error-message.ts';
import { createLog } from '#common/process/log.ts';
import { readMigrationConfig } from './config.ts';
import { migrateToLatest } from './store/migrate.ts';

try {
  const { databaseUrl, logLevel } = readMigrationConfig();
  const log = createLog('auth-server', logLevel);
  await migrateToLatest(databaseUrl, log);
  log.info('the database is migrated');
} catch (error) {
  // The message of a connection error has no password.
  process.stderr.write(`${error instanceof Error ? messageOf(error) : String(error)}\n`);
  process.exitCode = 1;
}
