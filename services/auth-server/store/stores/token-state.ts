import { type Kysely, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { TokenState } from '../../domain/token/token-store.ts';
import { PREPARED } from '../prepared-statements.ts';
import type { Schema } from '../schema.ts';

interface Row {
  dead: boolean;
  suspended: boolean;
  client_id: string;
  install_id: string;
  organization_id: number;
  subdomain: string;
  actor_mode: ActorMode;
  user_id: number;
  granted_scopes: string[];
  role: Role | null;
  issued_at: Date;
  expires_at: Date;
}

/**
 * What Postgres says of one token, in one statement and so in one snapshot: an answer that mixed two moments could be
 * one that was never true. `role` is null for `app`, and for a `self` user who is deleted or no longer a member.
 */
export async function readTokenState(db: Kysely<Schema>, accessHash: CredentialHash): Promise<TokenState> {
  const { rows } = await sql<Row>`${PREPARED}
    SELECT
      tokens.ended_at IS NOT NULL OR tokens.access_revoked_at IS NOT NULL OR installs.status <> 'active'
        OR apps.deleted_at IS NOT NULL AS dead,
      apps.status <> 'active' OR owner.status <> 'active' OR target.status <> 'active' AS suspended,
      apps.client_id,
      installs.id AS install_id,
      target.id AS organization_id,
      target.subdomain,
      installs.actor_mode,
      CASE installs.actor_mode WHEN 'app' THEN apps.bot_user_id ELSE installs.installed_by END AS user_id,
      installs.granted_scopes,
      memberships.role,
      tokens.issued_at,
      tokens.access_expires_at AS expires_at
    FROM tokens
    JOIN installs ON installs.id = tokens.install_id
    JOIN apps ON apps.id = installs.app_id
    JOIN organizations AS owner ON owner.id = apps.owner_organization_id
    JOIN organizations AS target ON target.id = installs.organization_id
    LEFT JOIN memberships ON installs.actor_mode = 'self'
      AND memberships.organization_id = installs.organization_id AND memberships.user_id = installs.installed_by
    WHERE tokens.access_hash = ${accessHash}`.execute(db);
  const row = rows[0];
  if (row === undefined) return { inactive: 'unknown' };
  if (row.dead) return { inactive: 'revoked' };
  if (row.suspended) return { inactive: 'suspended' };
  if (row.actor_mode === 'self' && row.role === null) return { inactive: 'user_not_member' };
  return {
    clientId: row.client_id,
    installId: row.install_id,
    organization: { id: row.organization_id, subdomain: row.subdomain },
    actorMode: row.actor_mode,
    userId: row.user_id,
    grantedScopes: row.granted_scopes,
    role: row.role ?? undefined,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  };
}
