import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Locks } from '../../domain/locks.ts';
import type { Schema } from '../schema.ts';
import { sendWithNext } from './transactions.ts';

const lockParameters = ({ organizations, app, user, install }: Locks): RawBuilder<unknown> => sql`
  ${[...organizations.ids]}, ${organizations.mode}, ${app?.id ?? null}, ${app?.mode ?? null},
  ${user?.id ?? null}, ${user?.mode ?? null}, ${install?.appId ?? null}, ${install?.organizationId ?? null}`;

/** The array parameters of begin_changes_of_installs: one for each parameter of take_locks except `waits`. */
export function lockArrays(changes: readonly Locks[]): RawBuilder<unknown> {
  const column = <T>(of: (locks: Locks) => T) => changes.map(of);
  return sql`
    ${column(({ organizations }) => organizations.ids.join(','))}, ${column(({ organizations }) => organizations.mode)},
    ${column(({ app }) => app?.id ?? null)}, ${column(({ app }) => app?.mode ?? null)},
    ${column(({ user }) => user?.id ?? null)}, ${column(({ user }) => user?.mode ?? null)},
    ${column(({ install }) => install?.appId ?? null)}, ${column(({ install }) => install?.organizationId ?? null)}`;
}

/**
 * Takes locks in a fixed order (the SQL function take_locks), in one round trip with the next statement of the transaction.
 * That statement fails with UNAVAILABLE if the wait for a lock exceeds the lock_timeout of the pool.
 */
export const takeLocks = (transaction: Kysely<Schema>, locks: Locks): Promise<void> =>
  sendWithNext(transaction, sql`SELECT take_locks(${lockParameters(locks)})`);
