import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';
import * as webhooks from './0002-webhooks.ts';
import * as tokenStates from './0003-token-states.ts';
import * as changesByKeys from './0004-changes-by-keys.ts';
import * as webhookStatements from './0005-webhook-statements.ts';
import * as grants from './0006-grants.ts';

/**
 * In order; a migration is never edited once it has been released. Each says whether the previous version may still serve, and has a
 * name that ends in `-breaking` if it may not: earlier releases refuse to start then.
 */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-webhooks': webhooks,
  '0003-token-states': tokenStates,
  '0004-changes-by-keys': changesByKeys,
  '0005-webhook-statements': webhookStatements,
  '0006-grants': grants,
};
