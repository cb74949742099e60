import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Locks } from '../domain/locks.ts';
import type { Schema } from './schema.ts';
import { sendWithNext } from './transactions.ts';

/** The parameters that take_locks and begin_change_of_install have in common. */
export const lockParameters = ({ organizations, app, user, install }: Locks): RawBuilder<unknown> => sql`
  ${[...organizations.ids]}, ${organizations.mode}, ${app?.id ?? null}, ${app?.mode ?? null},
  ${user?.id ?? null}, ${user?.mode ?? null}, ${install?.appId ?? null}, ${install?.organizationId ?? null}`;

/**
 * Takes locks in the one order (the function take_locks in migrations/) before the next statement of the transaction, and in
 * the same round trip. Who has to wait longer than the lock_timeout of the pool gets UNAVAILABLE.
 */
export const takeLocks = (transaction: Kysely<Schema>, locks: Locks): Promise<void> =>
  sendWithNext(transaction, sql`SELECT take_locks(${lockParameters(locks)})`);
