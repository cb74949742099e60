import DataLoader from 'dataloader';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { OrganizationRef } from '../domain/app/app.ts';
import type { CodeId, InstallId, TokenPairId } from '../domain/ids.ts';
import type { EndReason } from '../domain/install/install.ts';
import type { InstallGrant } from '../domain/install/install-store.ts';
import type {
  ExplainedPair,
  GrantAuditEvent,
  LivePair,
  NewPair,
  TokenPair,
  TokenStates,
  TokenStore,
} from '../domain/token/token-store.ts';
import { readExplainedPair } from './explained-pair.ts';
import { sendWithNext } from './postgres/transactions.ts';
import type { Schema } from './schema.ts';
import { readTokenStates } from './token-state.ts';

type IssuedRow = NewPair & GrantAuditEvent;
type Redemption = { readonly pairId: TokenPairId; readonly now: Date };

export class PgTokenStore implements TokenStore {
  readonly #db: Kysely<Schema>;
  readonly #tokenStateDb: Kysely<Schema>;
  // Each loader combines the calls of grants that share a transaction into one statement.
  readonly #newPairs = new DataLoader<IssuedRow, undefined>((rows) => this.#issueAll(rows), { cache: false });
  readonly #redemptions = new DataLoader<Redemption, InstallGrant | undefined>((pairs) => this.#redeemAll(pairs), {
    cache: false,
  });

  constructor(db: Kysely<Schema>, tokenStateDb: Kysely<Schema>) {
    this.#db = db;
    this.#tokenStateDb = tokenStateDb;
  }

  issuePair(pair: NewPair, event: GrantAuditEvent): Promise<void> {
    return this.#newPairs.load({ ...pair, ...event });
  }

  redeemPair(pairId: TokenPairId, now: Date): Promise<InstallGrant | undefined> {
    return this.#redemptions.load({ pairId, now });
  }

  async endLivePair(installId: InstallId, reason: EndReason, now: Date): Promise<void> {
    await sendWithNext(
      this.#db,
      sql`UPDATE tokens SET ended_at = ${now}, end_reason = ${reason} WHERE install_id = ${installId} AND ended_at IS NULL`,
    );
  }

  async endPairOfCode(installId: InstallId, codeId: CodeId, reason: EndReason, now: Date): Promise<boolean> {
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

  async revokeAccess(pairId: TokenPairId, now: Date): Promise<Pick<OrganizationRef, 'id' | 'subdomain'> | undefined> {
    const { rows } = await sql<Pick<OrganizationRef, 'id' | 'subdomain'>>`
      SELECT id, subdomain FROM revoke_access(${pairId}, ${now})`.execute(this.#db);
    return rows[0];
  }

  findByRefresh(hash: CredentialHash): Promise<TokenPair | undefined> {
    return this.#find(null, hash);
  }

  findByAccess(hash: CredentialHash): Promise<TokenPair | undefined> {
    return this.#find(hash, null);
  }

  findLivePair(installId: InstallId): Promise<LivePair | undefined> {
    return this.#db
      .selectFrom('tokens')
      .select([
        'code_id as codeId',
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

  statesOf(accessHashes: readonly CredentialHash[]): Promise<TokenStates> {
    return readTokenStates(this.#tokenStateDb, accessHashes);
  }

  explain(hash: CredentialHash): Promise<ExplainedPair | undefined> {
    return readExplainedPair(this.#tokenStateDb, hash);
  }

  async #issueAll(rows: readonly IssuedRow[]): Promise<undefined[]> {
    const column = <T>(of: (row: IssuedRow) => T) => rows.map(of);
    await sendWithNext(
      this.#db,
      sql`SELECT issue_pairs(
        ${column(({ installId }) => installId)}, ${column(({ codeId }) => codeId)},
        ${column(({ accessHash }) => accessHash)}, ${column(({ refreshHash }) => refreshHash)},
        ${column(({ issuedAt }) => issuedAt)}, ${column(({ accessExpiresAt }) => accessExpiresAt)},
        ${column(({ windowStartedAt }) => windowStartedAt)}, ${column(({ windowRefreshes }) => windowRefreshes)},
        ${column(({ action }) => action)}, ${column(({ initiator }) => initiator.performedBy)},
        ${column(({ organizationId }) => organizationId)}, ${column(({ clientId }) => clientId)},
        ${column(({ details }) => JSON.stringify(details ?? {}))}, ${column(({ initiator }) => initiator.ipAddress)},
        ${column(({ initiator }) => initiator.requestId)})`,
    );
    return rows.map(() => undefined);
  }

  async #redeemAll(pairs: readonly Redemption[]): Promise<(InstallGrant | undefined)[]> {
    const { rows } = await sql<InstallGrant & { place: number }>`SELECT * FROM redeem_pairs(
      ${pairs.map(({ pairId }) => pairId)}, ${pairs.map(({ now }) => now)})`.execute(this.#db);
    const grants = new Map(rows.map(({ place, ...grant }) => [place, grant]));
    return pairs.map((_, index) => grants.get(index + 1));
  }

  async #find(access: CredentialHash | null, refresh: CredentialHash | null): Promise<TokenPair | undefined> {
    return (await pairWithHashes(sql`${access}`, sql`${refresh}`).execute(this.#db)).rows[0];
  }
}

/** The pair that has this access or refresh token, even if it has ended. One of the hashes is null. */
export const pairWithHashes = (access: RawBuilder<unknown>, refresh: RawBuilder<unknown>): RawBuilder<TokenPair> => sql`
  SELECT id, install_id AS "installId", code_id AS "codeId", access_hash AS "accessHash", app_id AS "appId",
    organization_id AS "organizationId", installed_by AS "installedBy", end_reason AS "endReason", ended_at AS "endedAt",
    window_started_at AS "windowStartedAt", window_refreshes AS "windowRefreshes"
  FROM public.find_pair(${access}, ${refresh})`;
