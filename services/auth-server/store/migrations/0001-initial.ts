import { readFile } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';

/** The SQL files, each after what it needs. Only bodies of PL/pgSQL functions refer to later files. */
const FILES = [
  'directory',
  'apps',
  'install-policies',
  'install-requests',
  'current-installs',
  'cache-nodes',
  'invalidation',
  'token-endpoint',
  'token-states',
  'audit',
  'webhooks',
  'webhook-statements',
  'ended-installs',
  'failed-requests',
];

/** Creates the whole schema. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of FILES) {
    const text = await readFile(new URL(`0001-initial/${name}.sql`, import.meta.url), 'utf8');
    await sql.raw(text).execute(db);
  }
}
