import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';

/**
 * All migrations, in order. A released migration is never edited. If the previous release does not work with a migration, the
 * migration's name ends in `-breaking`, and earlier releases refuse to start.
 */
export const migrations: Record<string, Migration> = { '0001-initial': initial };
