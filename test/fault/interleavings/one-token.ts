import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type AppId, asOrganizationId, asUserId } from '../../../services/auth-server/domain/ids.ts';
import { openDatabase } from '../../../services/auth-server/store/postgres/database.ts';
import { RedisConnection } from '../../../services/auth-server/token-state/redis-connection.ts';
import { type StampRef, stampKey, tokenKey } from '../../../services/common/token-state/keys.ts';
import { cloneDatabase } from '../../support/database.ts';
import { redisNamespace, untilReady } from '../../support/redis.ts';

export const ORGANIZATION = asOrganizationId(1);
export const USER = asUserId(1);
export const APP = 1 as AppId;
export const ROLES = ['admin', 'manager', 'csm'] as const;
export const SCOPES = ['posts:read', 'posts:write', 'comments:read'] as const;
export const EVENTS = ['post_created', 'post_updated', 'post_completed'] as const;

const STAMPS: readonly StampRef[] = [
  { kind: 'app', id: APP },
  { kind: 'organization', id: ORGANIZATION },
  { kind: 'user', id: USER },
];

export type OneToken = Awaited<ReturnType<typeof createOneToken>>;

/** One token in Postgres and Redis. Its state is its role and the numbers of its scopes and events, as text. */
export async function createOneToken() {
  const database = await cloneDatabase();
  const db = openDatabase({ url: database.url, poolSize: 20, connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 });
  const redisOptions = { ...redisNamespace(), commandTimeoutMs: 5_000 };
  const redis = new RedisConnection(redisOptions);
  await untilReady(redis);
  const hash = randomBytes(32);
  const keys = () => [tokenKey(hash), ...STAMPS.map(stampKey)].map((key) => redis.generation.key(key));
  // Foreign keys are checked at the end of the statement.
  await sql`
    WITH organization AS (
      INSERT INTO organizations (id, subdomain, name) VALUES (${ORGANIZATION}, 'globex', 'Globex')
    ), users AS (
      INSERT INTO users (id, name, email, profile_picture) VALUES (${USER}, 'Tara', '', '')
    ), membership AS (
      INSERT INTO memberships (organization_id, user_id, role) VALUES (${ORGANIZATION}, ${USER}, 'admin')
    ), app AS (
      INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
        subscribed_webhook_events, require_pkce, created_at, updated_at)
      VALUES ('app', ${ORGANIZATION}, 'App', '{}', '{self}', ${[...SCOPES]}, ${[...EVENTS]}, false, now(), now())
      RETURNING id
    ), install AS (
      INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events,
        installed_at)
      SELECT id, ${ORGANIZATION}, ${USER}, 'self', ${[...SCOPES]}, ${[...EVENTS]}, now() FROM app RETURNING id
    )
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
    SELECT id, 1, ${hash}, ${randomBytes(32)}, now(), now() + interval '1 day' FROM install`.execute(db);

  return {
    db,
    redis,
    redisOptions,
    stamps: STAMPS,
    hash,

    /** Restores the initial state of the token, and deletes its entry and its stamps from Redis. */
    async reset(): Promise<void> {
      await sql`
        WITH role AS (UPDATE memberships SET role = 'admin'),
          app AS (UPDATE apps SET declared_scopes = ${[...SCOPES]}),
          pending AS (DELETE FROM pending_invalidations)
        UPDATE installs SET granted_scopes = ${[...SCOPES]}, granted_webhook_events = ${[...EVENTS]}`.execute(db);
      await redis.client.del(...keys());
    },

    /** The current state in Postgres. */
    async read(): Promise<string> {
      const { rows } = await sql<{ state: string }>`
        SELECT concat_ws(' ', role, cardinality(granted_scopes), cardinality(granted_webhook_events)) AS state
        FROM current_installs JOIN memberships ON user_id = installed_by`.execute(db);
      return rows[0]?.state ?? '';
    },

    /** Deletes one key from Redis: the entry of the token, or a stamp. */
    async evict(index: number): Promise<void> {
      await redis.client.del(keys()[index % keys().length] as Buffer);
    },

    async destroy(): Promise<void> {
      redis.close();
      await db.destroy();
      await database.drop();
    },
  };
}
