import { type Kysely, sql } from 'kysely';
import type { Locks } from '../domain/authority/locks.ts';
import type { Schema } from './schema.ts';
import { sendWithNext } from './transactions.ts';

/**
 * Takes locks in the one order (the function take_locks in migrations/) before the next statement of the transaction, and in
 * the same round trip. Who has to wait longer than the lock_timeout of the pool gets UNAVAILABLE.
 */
export function takeLocks(transaction: Kysely<Schema>, { organizations, app, user, install }: Locks): Promise<void> {
  return sendWithNext(
    transaction,
    sql`SELECT take_locks(
      ${[...organizations.ids]}, ${organizations.mode}, ${app?.id ?? null}, ${app?.mode ?? null},
      ${user?.id ?? null}, ${user?.mode ?? null}, ${install?.appId ?? null}, ${install?.organizationId ?? null})`,
  );
}
