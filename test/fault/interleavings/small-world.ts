import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../../services/auth-server/store/database.ts';
import type { Schema } from '../../../services/auth-server/store/schema.ts';
import { readTokenStates } from '../../../services/auth-server/store/stores/token-state.ts';
import { RedisConnection } from '../../../services/common/token-state/redis-connection.ts';
import { cloneDatabase } from '../../support/database.ts';
import { redisNamespace } from '../../support/redis.ts';

export const ORGANIZATION = 1;
export const USER = 1;
export const APP = 1;
export const ROLES = ['admin', 'manager', 'csm', 'member', 'collaborator'] as const;
export const SCOPES = ['posts:read', 'posts:write', 'comments:read'] as const;

/** One token in a real Postgres and a real Redis. Its answer is its role and its scopes, as text. */
export class SmallWorld {
  readonly db: Kysely<Schema>;
  readonly redis: RedisConnection;
  readonly tokenHash = randomBytes(32);
  readonly #drop: () => Promise<void>;

  private constructor(databaseUrl: string, drop: () => Promise<void>) {
    const bounds = { poolSize: 20, connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 };
    this.db = openDatabase({ url: databaseUrl, ...bounds });
    this.redis = new RedisConnection({ ...redisNamespace(), commandTimeoutMs: 5_000 });
    this.#drop = drop;
  }

  static async create(): Promise<SmallWorld> {
    const database = await cloneDatabase();
    const world = new SmallWorld(database.url, database.drop);
    await world.redis.waitUntilReady(10_000);
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
      VALUES ('app', ${ORGANIZATION}, 'App', '{}', '{self}', ${[...SCOPES]}, '{}', false, now(), now())`.execute(
      world.db,
    );
    await sql`
      WITH install AS (
        INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
        VALUES (${APP}, ${ORGANIZATION}, ${USER}, 'self', ${[...SCOPES]}, '{}', now()) RETURNING id
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
    await sql`UPDATE installs SET granted_scopes = ${[...SCOPES]}`.execute(this.db);
    await sql`DELETE FROM pending_drops`.execute(this.db);
    await this.evict();
  }

  /** What auth-server would say: role and scopes. */
  async read(): Promise<string> {
    const [state] = await readTokenStates(this.db, [this.tokenHash]);
    if (state === undefined || state.inactive !== undefined) throw new Error(`the token is ${state?.inactive}`);
    return `${state.role} ${state.grantedScopes.length}`;
  }

  async evict(): Promise<void> {
    await this.redis.client.del(this.redis.key(this.tokenHash));
  }

  async destroy(): Promise<void> {
    this.redis.close();
    await this.db.destroy();
    await this.#drop();
  }
}
