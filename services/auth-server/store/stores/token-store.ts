import { type Kysely, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { EndReason } from '../../domain/install/install.ts';
import type { LivePair, NewPair, TokenPair, TokenState, TokenStore } from '../../domain/token/token-store.ts';
import type { Schema } from '../schema.ts';
import { readTokenStates } from './token-state.ts';

export class PgTokenStore implements TokenStore {
  readonly #db: Kysely<Schema>;
  readonly #states: Kysely<Schema>;

  constructor(db: Kysely<Schema>, states: Kysely<Schema>) {
    this.#db = db;
    this.#states = states;
  }

  async insertPair(pair: NewPair): Promise<void> {
    await this.#db
      .insertInto('tokens')
      .values({
        install_id: pair.installId,
        code_id: pair.codeId,
        access_hash: pair.accessHash,
        refresh_hash: pair.refreshHash,
        issued_at: pair.issuedAt,
        access_expires_at: pair.accessExpiresAt,
        window_started_at: pair.refreshWindow.startedAt,
        window_refreshes: pair.refreshWindow.refreshes,
      })
      .execute();
  }

  async endPair(pairId: number, reason: EndReason, now: Date): Promise<boolean> {
    const ended = await this.#end(reason, now).where('id', '=', pairId).returning('id').executeTakeFirst();
    return ended !== undefined;
  }

  async endLivePair(installId: string, reason: EndReason, now: Date): Promise<void> {
    await this.#end(reason, now).where('install_id', '=', installId).execute();
  }

  async endPairOfCode(installId: string, codeId: number, reason: EndReason, now: Date): Promise<boolean> {
    const ended = await this.#end(reason, now)
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
    return this.#findPair(null, hash);
  }

  findByAccess(hash: CredentialHash): Promise<TokenPair | undefined> {
    return this.#findPair(hash, null);
  }

  findLivePair(installId: string): Promise<LivePair | undefined> {
    return this.#db
      .selectFrom('tokens')
      .select([
        'access_hash as accessHash',
        'refresh_hash as refreshHash',
        'access_expires_at as accessExpiresAt',
        sql<boolean>`access_revoked_at IS NOT NULL`.as('accessRevoked'),
        sql<boolean>`NOT EXISTS (SELECT FROM pending_invalidations WHERE install_id = tokens.install_id)`.as(
          'isSettled',
        ),
      ])
      .where('install_id', '=', installId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
  }

  statesOf(accessHashes: readonly CredentialHash[]): Promise<readonly TokenState[]> {
    return readTokenStates(this.#states, accessHashes);
  }

  #end(reason: EndReason, now: Date) {
    return this.#db.updateTable('tokens').set({ ended_at: now, end_reason: reason }).where('ended_at', 'is', null);
  }

  async #findPair(access: CredentialHash | null, refresh: CredentialHash | null): Promise<TokenPair | undefined> {
    const { rows } = await sql<Omit<TokenPair, 'refreshWindow'> & { startedAt: Date; refreshes: number }>`
      SELECT id, install_id AS "installId", code_id AS "codeId", app_id AS "appId", organization_id AS "organizationId",
        installed_by AS "installedBy", end_reason AS "endReason", ended_at AS "endedAt", window_started_at AS "startedAt",
        window_refreshes AS refreshes
      FROM public.find_pair(${access}, ${refresh})`.execute(this.#db);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { startedAt, refreshes, ...pair } = row;
    return { ...pair, refreshWindow: { startedAt, refreshes } };
  }
}
