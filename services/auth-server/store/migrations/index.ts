import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';

/**
 * In order. A released migration is never edited. The name of one with which the previous release does not work ends in
 * `-breaking`, so that earlier releases refuse to start.
 */
export const migrations: Record<string, Migration> = { '0001-initial': initial };
