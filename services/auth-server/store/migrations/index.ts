import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';
import * as webhooks from './0002-webhooks.ts';
import * as tokenStates from './0003-token-states.ts';
import * as webhookStatements from './0005-webhook-statements.ts';

/** In order; a migration is never edited once it has landed, and each runs while the previous version still serves. */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-webhooks': webhooks,
  '0003-token-states': tokenStates,
  '0005-webhook-statements': webhookStatements,
};
