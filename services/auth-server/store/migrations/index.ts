import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';

/**
 * In order; a migration is never edited once it has been released. Each says whether the previous version may still serve, and has a
 * name that ends in `-breaking` if it may not: earlier releases refuse to start then.
 */
export const migrations: Record<string, Migration> = { '0001-initial': initial };
