/** `npm run restore-fence`: ends every grant of a database that was restored from a backup. */
import { parseArgs } from 'node:util';
import { systemClock } from '#common/process/clock.ts';
import { createLog } from '#common/process/log.ts';
import { readCommandConfig } from './config.ts';
import { RestoreFence } from './domain/restore-fence.ts';
import { allNodes, readCacheNodes } from './store/cache-nodes.ts';
import { migrateToLatest } from './store/migrate.ts';
import { PgDatabase } from './store/pg-database.ts';
import { openDatabase } from './store/postgres/database.ts';
import { type Restored, readRestored, skipLostIds } from './store/restored-database.ts';
import { TokenStateNodes } from './token-state/token-state-nodes.ts';

const HELP = `Usage: npm run restore-fence -- [--yes]

Run it after Postgres was restored from a backup, before any auth-server starts (docs/backups.md). In a restored database, grants
that were revoked after the backup are active again and cannot be identified. This command ends all installs with their
tokens, voids all codes, empties the token-state cache, and enqueues app_uninstalled webhooks with the reason
database_restored. Admins connect their apps again.

Without --yes it only shows what it would end. It can be repeated after a failure.

Environment: DATABASE_URL, REDIS_URL, REDIS_KEY_PREFIX, REDIS_TIMEOUT_MS, LOG_LEVEL, as for auth-server.
`;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const { values } = parseArgs({ options: { yes: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) process.stdout.write(HELP);
  else await main(values.yes ?? false);
} catch (error) {
  // The message of a connection error has no password.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(isConfirmed: boolean): Promise<void> {
  const { databaseUrl: url, redisUrl, redisKeyPrefix, redisTimeoutMs, logLevel } = readCommandConfig();
  const log = createLog('restore-fence', logLevel);
  const db = openDatabase({
    url,
    poolSize: 1,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const nodes = new TokenStateNodes(
    { url: redisUrl, keyPrefix: redisKeyPrefix, commandTimeoutMs: redisTimeoutMs },
    log,
  );
  try {
    await nodes.untilReady(CONNECT_TIMEOUT_MS);
    const restored = await readRestored(db);
    describe(restored, new URL(url));
    if (!isConfirmed) return print('Nothing has been changed. Run it again with --yes.');
    requireAlone(restored);
    await migrateToLatest(url, log);
    const incomplete = nodes.whyIncomplete(allNodes(await readCacheNodes(db)));
    if (incomplete !== undefined) throw new Error(incomplete);
    await skipLostIds(db);
    const fence = new RestoreFence(new PgDatabase(db), systemClock);
    const ended = await fence.run((count) => process.stderr.write(`${count} of ${restored.installs} installs ended\n`));
    for (const name of nodes.names) await nodes.connection(name).endGeneration();
    print(`Done: ${ended} installs have ended and the cache is empty. auth-server can start.`);
    print('Client secrets, webhook secrets and suspensions are those of the backup: see docs/backups.md.');
  } finally {
    nodes.close();
    await db.destroy();
  }
}

function describe({ installs, lastEventAt }: Restored, { host, pathname }: URL): void {
  print(`The database ${pathname.slice(1)} at ${host} has ${installs} active installs.`);
  print(lastEventAt ? `Its newest audit event is from ${lastEventAt.toISOString()}.` : 'It has no audit events.');
}

/** A connected auth-server may have served token states from the restored database, and could do so during the run. */
function requireAlone({ connections }: Restored): void {
  const others = Object.entries(connections).map(([name, count]) => `${count} by ${name}`);
  if (others.length === 0) return;
  throw new Error(
    `The database has other connections (${others.join(', ')}). Stop every auth-server, close the others, and try again.`,
  );
}
