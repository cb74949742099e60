import { type Kysely, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ExplainedPair } from '../domain/token/token-store.ts';
import type { Schema } from './schema.ts';
import { parseState, scopesIn, stateAsText } from './token-state.ts';

type Row = Omit<ExplainedPair, 'state' | 'stillDeclaredScopes'> & { readonly state: string };

/** Finds the pair that has an access or refresh token with this hash. One statement, so all columns are from one snapshot. */
export async function readExplainedPair(db: Kysely<Schema>, hash: CredentialHash): Promise<ExplainedPair | undefined> {
  const { rows } = await sql<Row>`
    SELECT CASE tokens.access_hash WHEN ${hash} THEN 'access_token' ELSE 'refresh_token' END AS kind,
      ${stateAsText} AS state, tokens.access_hash AS "accessHash", tokens.access_expires_at AS "accessExpiresAt",
      tokens.access_revoked_at AS "accessRevokedAt", tokens.ended_at AS "endedAt", tokens.end_reason AS "endReason",
      installs.id AS "installId", current_installs.end_reason AS "installEndReason",
      installs.ended_at AS "installEndedAt", apps.client_id AS "clientId", apps.status AS "appStatus",
      owner.id AS "ownerId", owner.status AS "ownerStatus",
      target.id AS "organizationId", target.status AS "organizationStatus",
      installs.actor_mode AS "actorMode", installs.installed_by AS "installedBy", state.role,
      users.deleted_at AS "userDeletedAt", installs.granted_scopes AS "grantedScopes"
    FROM tokens
    JOIN installs ON installs.id = tokens.install_id
    JOIN current_installs ON current_installs.id = installs.id
    JOIN apps ON apps.id = installs.app_id
    JOIN organizations AS owner ON owner.id = apps.owner_organization_id
    JOIN organizations AS target ON target.id = installs.organization_id
    JOIN users ON users.id = installs.installed_by
    CROSS JOIN LATERAL states_of_tokens(ARRAY[tokens.access_hash]) AS state
    WHERE tokens.access_hash = ${hash} OR tokens.refresh_hash = ${hash}`.execute(db);
  const [row] = rows;
  return row && { ...row, state: parseState(row.state), stillDeclaredScopes: scopesIn(row.state) };
}
