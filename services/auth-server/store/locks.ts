import { type Kysely, sql } from 'kysely';
import type { Locks } from '../domain/authority/locks.ts';
import type { Schema } from './schema.ts';

/**
 * Begins a change: bounds its transaction and takes its locks in the one order (the function take_locks in migrations/),
 * in one round trip. Postgres ends the transaction once `timeoutMs` have passed. The session's own bound is already running
 * by now, and only one that was switched off can be started anew. What is acknowledged has to survive a crash of Postgres, so
 * its commit waits for the disk, whatever somebody has set for the database.
 */
export async function beginChange(transaction: Kysely<Schema>, locks: Locks, timeoutMs: number): Promise<void> {
  const { organizations, app, user, install } = locks;
  await sql`
    SELECT set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true),
    set_config('transaction_timeout', '0', true), set_config('transaction_timeout', ${String(timeoutMs)}, true),
    take_locks(
      ${[...organizations.ids]}, ${organizations.mode},
      ${app?.id ?? null}, ${app?.mode ?? null},
      ${user?.id ?? null}, ${user?.mode ?? null},
      ${install?.appId ?? null}, ${install?.organizationId ?? null})`.execute(transaction);
}
