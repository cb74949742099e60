/** `npm run cache-nodes`: shows and changes the Redis primaries of the token-state cache. */
import { parseArgs } from 'node:util';
import { createLog } from '#common/process/log.ts';
import { type NodeAction, NodeChange } from './cache-node-change.ts';
import { readCommandConfig } from './config.ts';
import { readCacheNodes } from './store/cache-nodes.ts';
import { openDatabase } from './store/postgres/database.ts';
import { TokenStateNodes } from './token-state/token-state-nodes.ts';

const HELP = `Usage: npm run cache-nodes -- [add NAME | drain NAME | remove NAME [--lost]]

Shows or changes the list of Redis primaries among which tokens are distributed (docs/operations.md). Every auth-server and every
introspection replica must have the node in REDIS_URL before it is added, and until it has been removed.

add     a share of the tokens belongs to the node from now on; also ends draining
drain   no token belongs to it from now on
remove  empties a drained node and removes it from the list; its URL can then be removed from REDIS_URL
--lost  the node's data is lost, so remove it without emptying it. Never start it again with its data

Environment: DATABASE_URL, REDIS_URL, REDIS_KEY_PREFIX, REDIS_TIMEOUT_MS, LOG_LEVEL, as for auth-server.
`;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** Changes of token states wait while this command waits for those in progress. */
const LOCK_TIMEOUT_MS = 2_000;
const ACTIONS: readonly string[] = ['add', 'drain', 'remove'] satisfies NodeAction[];

try {
  const { values, positionals } = parseArgs({
    options: { lost: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [action, name] = positionals;
  const isComplete = positionals.length === 0 || (positionals.length === 2 && ACTIONS.includes(action as string));
  const isValid = isComplete && (!values.lost || action === 'remove');
  if (values.help || !isValid) process.stdout.write(HELP);
  else await main(action as NodeAction | undefined, name as string, values.lost ?? false);
  if (!isValid) process.exitCode = 1;
} catch (error) {
  // The message of a connection error has no password.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(action: NodeAction | undefined, name: string, isLost: boolean): Promise<void> {
  const { databaseUrl: url, redisUrl, redisKeyPrefix: keyPrefix, redisTimeoutMs, logLevel } = readCommandConfig();
  const db = openDatabase({
    url,
    poolSize: 1,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  const redis = { url: redisUrl, keyPrefix, commandTimeoutMs: redisTimeoutMs };
  const nodes = new TokenStateNodes(redis, createLog('cache-nodes', logLevel));
  try {
    const list = await (action === undefined
      ? readCacheNodes(db)
      : new NodeChange(db, nodes).run(action, name, isLost));
    process.stdout.write(`active: ${list.active.join(', ')}\ndraining: ${list.draining.join(', ') || 'none'}\n`);
  } finally {
    nodes.close();
    await db.destroy();
  }
}
