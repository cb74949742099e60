import { type Kysely, sql } from 'kysely';
import type { LockMode, Locks } from '../domain/authority/authority.ts';
import type { Schema } from './schema.ts';

/**
 * Takes the locks of a change in the one order: organizations, app, user, install. `update` is NO KEY UPDATE: it excludes
 * `share`, but not the key locks that foreign keys take elsewhere.
 */
export async function takeLocks(transaction: Kysely<Schema>, { organizations, app, user, install }: Locks) {
  const ids = [...organizations.ids];
  await sql`SELECT FROM organizations WHERE id = ANY(${ids}) ORDER BY id ${strength(organizations.mode)}`.execute(
    transaction,
  );
  if (app) await sql`SELECT FROM apps WHERE id = ${app.id} ${strength(app.mode)}`.execute(transaction);
  if (user) await sql`SELECT FROM users WHERE id = ${user.id} ${strength(user.mode)}`.execute(transaction);
  if (install) {
    const key = `install:${install.appId}:${install.organizationId}`;
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(transaction);
  }
}

const strength = (mode: LockMode) => (mode === 'share' ? sql`FOR SHARE` : sql`FOR NO KEY UPDATE`);
