import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { EndReason } from '../../domain/install/install.ts';
import type { InstallGrant } from '../../domain/install/install-store.ts';
import type {
  GrantEntry,
  LivePair,
  NewPair,
  TokenPair,
  TokenState,
  TokenStore,
} from '../../domain/token/token-store.ts';
import type { Schema } from '../schema.ts';
import { sendWithNext } from '../transactions.ts';
import { readTokenStates } from './token-state.ts';

export class PgTokenStore implements TokenStore {
  readonly #db: Kysely<Schema>;
  readonly #states: Kysely<Schema>;

  constructor(db: Kysely<Schema>, states: Kysely<Schema>) {
    this.#db = db;
    this.#states = states;
  }

  async issuePair(pair: NewPair, { action, origin, organizationId, clientId, details }: GrantEntry): Promise<void> {
    await sendWithNext(
      this.#db,
      sql`SELECT issue_pair(${pair.installId}, ${pair.codeId}, ${pair.accessHash}, ${pair.refreshHash}, ${pair.issuedAt},
        ${pair.accessExpiresAt}, ${pair.windowStartedAt}, ${pair.windowRefreshes}, ${action}, ${origin.performedBy},
        ${organizationId}, ${clientId}, ${JSON.stringify(details ?? {})}, ${origin.ipAddress}, ${origin.requestId})`,
    );
  }

  async redeemPair(pairId: number, now: Date): Promise<InstallGrant | undefined> {
    const { rows } = await sql<InstallGrant>`SELECT * FROM take_pair(${pairId}, ${now})`.execute(this.#db);
    return rows[0];
  }

  async endLivePair(installId: string, reason: EndReason, now: Date): Promise<void> {
    await sendWithNext(
      this.#db,
      sql`UPDATE tokens SET ended_at = ${now}, end_reason = ${reason} WHERE install_id = ${installId} AND ended_at IS NULL`,
    );
  }

  async endPairOfCode(installId: string, codeId: number, reason: EndReason, now: Date): Promise<boolean> {
    const ended = await this.#db
      .updateTable('tokens')
      .set({ ended_at: now, end_reason: reason })
      .where('ended_at', 'is', null)
      .where('install_id', '=', installId)
      .where('code_id', '=', codeId)
      .returning('id')
      .executeTakeFirst();
    return ended !== undefined;
  }

  async revokeAccess(pairId: number, now: Date): Promise<boolean> {
    const revoked = await this.#db
      .updateTable('tokens')
      .set({ access_revoked_at: now })
      .where('id', '=', pairId)
      .where('access_revoked_at', 'is', null)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    return revoked !== undefined;
  }

  findByRefresh(hash: CredentialHash): Promise<TokenPair | undefined> {
    return this.#find('refresh_token', hash);
  }

  findByAccess(hash: CredentialHash): Promise<TokenPair | undefined> {
    return this.#find('access_token', hash);
  }

  findLivePair(installId: string): Promise<LivePair | undefined> {
    return this.#db
      .selectFrom('tokens')
      .select([
        'access_hash as accessHash',
        'refresh_hash as refreshHash',
        'access_expires_at as accessExpiresAt',
        sql<boolean>`access_revoked_at IS NOT NULL`.as('accessRevoked'),
        sql<boolean>`EXISTS (SELECT FROM pending_invalidations WHERE install_id = tokens.install_id)`.as(
          'hasPendingInvalidations',
        ),
      ])
      .where('install_id', '=', installId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
  }

  statesOf(accessHashes: readonly CredentialHash[]): Promise<readonly TokenState[]> {
    return readTokenStates(this.#states, accessHashes);
  }

  async #find(kind: 'access_token' | 'refresh_token', hash: CredentialHash): Promise<TokenPair | undefined> {
    return (await pairWithHash(kind, hash).execute(this.#db)).rows[0];
  }
}

/** The pair that has this token, also an ended one. */
export function pairWithHash(kind: 'access_token' | 'refresh_token', hash: CredentialHash): RawBuilder<TokenPair> {
  const [access, refresh] = kind === 'access_token' ? [hash, null] : [null, hash];
  return sql`
    SELECT id, install_id AS "installId", code_id AS "codeId", app_id AS "appId", organization_id AS "organizationId",
      installed_by AS "installedBy", end_reason AS "endReason", ended_at AS "endedAt",
      window_started_at AS "windowStartedAt", window_refreshes AS "windowRefreshes"
    FROM public.find_pair(${access}, ${refresh})`;
}
