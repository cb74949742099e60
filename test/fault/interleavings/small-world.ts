import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../../services/auth-server/store/database.ts';
import type { Schema } from '../../../services/auth-server/store/schema.ts';
import { type CacheKey, type StampRef, stampKey, tokenKey } from '../../../services/common/token-state/keys.ts';
import { RedisConnection, type RedisOptions } from '../../../services/common/token-state/redis-connection.ts';
import { cloneDatabase } from '../../support/database.ts';
import { redisNamespace, untilReady } from '../../support/redis.ts';

export const ORGANIZATION = 1;
export const USER = 1;
export const APP = 1;
export const ROLES = ['admin', 'manager', 'csm', 'member', 'collaborator'] as const;
export const SCOPES = ['posts:read', 'posts:write', 'comments:read'] as const;
export const EVENTS = ['post_created', 'post_updated', 'post_completed'] as const;

/** What the token hangs under. */
const STAMPS: readonly StampRef[] = [
  { kind: 'app', id: APP },
  { kind: 'organization', id: ORGANIZATION },
  { kind: 'user', id: USER },
];

/** One token in a real Postgres and a real Redis. Its answer is its role, its scopes and its events, as text. */
export class SmallWorld {
  readonly db: Kysely<Schema>;
  readonly redis: RedisConnection;
  readonly redisOptions: RedisOptions;
  readonly stamps = STAMPS;
  readonly tokenHash = randomBytes(32);
  readonly #drop: () => Promise<void>;

  private constructor(databaseUrl: string, drop: () => Promise<void>) {
    const bounds = { poolSize: 20, connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 };
    this.db = openDatabase({ url: databaseUrl, ...bounds });
    this.redisOptions = { ...redisNamespace(), commandTimeoutMs: 5_000 };
    this.redis = new RedisConnection(this.redisOptions);
    this.#drop = drop;
  }

  static async create(): Promise<SmallWorld> {
    const database = await cloneDatabase();
    const world = new SmallWorld(database.url, database.drop);
    await untilReady(world.redis);
    await sql`
      INSERT INTO organizations (id, subdomain, name) VALUES (${ORGANIZATION}, 'globex', 'Globex');
    `.execute(world.db);
    await sql`INSERT INTO users (id, name, email, profile_picture) VALUES (${USER}, 'Tara', '', '')`.execute(world.db);
    await sql`
      INSERT INTO memberships (organization_id, user_id, role) VALUES (${ORGANIZATION}, ${USER}, 'admin')`.execute(
      world.db,
    );
    await sql`
      INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
        subscribed_webhook_events, require_pkce, created_at, updated_at)
      VALUES ('app', ${ORGANIZATION}, 'App', '{}', '{self}', ${[...SCOPES]}, ${[...EVENTS]}, false, now(), now())`.execute(
      world.db,
    );
    await sql`
      WITH install AS (
        INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
        VALUES (${APP}, ${ORGANIZATION}, ${USER}, 'self', ${[...SCOPES]}, ${[...EVENTS]}, now()) RETURNING id
      )
      INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
      SELECT id, 1, ${world.tokenHash}, ${randomBytes(32)}, now(), now() + interval '1 day' FROM install`.execute(
      world.db,
    );
    return world;
  }

  /** As it was at the beginning. */
  async reset(): Promise<void> {
    await sql`UPDATE memberships SET role = 'admin'`.execute(this.db);
    await sql`UPDATE apps SET declared_scopes = ${[...SCOPES]}`.execute(this.db);
    await sql`DELETE FROM pending_invalidations`.execute(this.db);
    await sql`UPDATE installs SET granted_scopes = ${[...SCOPES]}, granted_webhook_events = ${[...EVENTS]}`.execute(
      this.db,
    );
    await this.redis.client.del(...this.#keys());
  }

  /** What auth-server would say: role, scopes and events. */
  async read(): Promise<string> {
    const { rows } = await sql<{ role: string; scopes: number; events: number }>`
      SELECT role, cardinality(granted_scopes) AS scopes, cardinality(granted_webhook_events) AS events
      FROM current_installs JOIN memberships ON user_id = installed_by`.execute(this.db);
    const [row] = rows;
    return `${row?.role} ${row?.scopes} ${row?.events}`;
  }

  /** One key, each in turn: the entry, then the stamps. */
  async evict(turn: number): Promise<void> {
    const keys = this.#keys();
    await this.redis.client.del(keys[turn % keys.length] as Buffer);
  }

  #keys(): Buffer[] {
    const keys: CacheKey[] = [tokenKey(this.tokenHash), ...this.stamps.map(stampKey)];
    return keys.map((key) => this.redis.generation.key(key));
  }

  async destroy(): Promise<void> {
    this.redis.close();
    await this.db.destroy();
    await this.#drop();
  }
}
