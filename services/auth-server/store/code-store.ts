import DataLoader from 'dataloader';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { CodeId } from '../domain/ids.ts';
import type {
  AuthorizationCode,
  CodeBinding,
  CodeSelection,
  CodeStore,
  ConsentBasis,
} from '../domain/token/code-store.ts';
import { type PolicyRow, toPolicy } from './install-policy-store.ts';
import { sendWithNext } from './postgres/transactions.ts';
import type { Schema } from './schema.ts';

/** How much servers' clocks may differ. Codes that expired longer ago than that are not voided. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

interface Redemption {
  readonly codeId: CodeId;
  readonly hash: CredentialHash;
  readonly now: Date;
}

export class PgCodeStore implements CodeStore {
  readonly #db: Kysely<Schema>;
  // Combines the calls of grants that share a transaction into one statement.
  readonly #redemptions = new DataLoader<Redemption, ConsentBasis | undefined>((codes) => this.#redeemAll(codes), {
    cache: false,
  });

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async replaceOutstanding(hash: CredentialHash, binding: CodeBinding, now: Date, expiresAt: Date): Promise<void> {
    const code = {
      code_hash: hash,
      user_id: binding.userId,
      redirect_uri: binding.redirectUri,
      actor_mode: binding.actorMode,
      scopes: [...binding.scopes],
      webhook_events: [...binding.webhookEvents],
      code_challenge: binding.codeChallenge,
      created_at: now,
      expires_at: expiresAt,
    };
    await this.#db
      .insertInto('authorization_codes')
      .values({ ...code, app_id: binding.appId, organization_id: binding.organizationId })
      .onConflict((conflict) =>
        conflict
          .columns(['app_id', 'organization_id'])
          .where('consumed_at', 'is', null)
          .where('voided_at', 'is', null)
          .doUpdateSet(code),
      )
      .execute();
  }

  async find(hash: CredentialHash): Promise<AuthorizationCode | undefined> {
    return (await codeWithHash(sql`${hash}`).execute(this.#db)).rows[0];
  }

  redeem(codeId: CodeId, hash: CredentialHash, now: Date): Promise<ConsentBasis | undefined> {
    return this.#redemptions.load({ codeId, hash, now });
  }

  async voidOutstanding(selection: CodeSelection, now: Date): Promise<void> {
    const open = sql`consumed_at IS NULL AND voided_at IS NULL
      AND expires_at > ${new Date(now.getTime() - MAX_CLOCK_DIFFERENCE_MS)}`;
    await sendWithNext(
      this.#db,
      sql`UPDATE authorization_codes SET voided_at = ${now} WHERE ${open} AND ${conditionOf(selection, open)}`,
    );
  }

  async #redeemAll(codes: readonly Redemption[]): Promise<(ConsentBasis | undefined)[]> {
    const { rows } = await sql<Omit<ConsentBasis, 'policy'> & { place: number; policy: PolicyRow | null }>`
      SELECT place, is_app_active AS "isAppActive", is_owner_active AS "isOwnerActive", redirect_uris AS "redirectUris",
        allowed_actor_modes AS "allowedActorModes", declared_scopes AS "declaredScopes",
        subscribed_webhook_events AS "subscribedWebhookEvents", subdomain, is_organization_active AS "isOrganizationActive", role,
        verification, policy
      FROM redeem_codes(
        ${codes.map(({ codeId }) => codeId)}, ${codes.map(({ hash }) => hash)}, ${codes.map(({ now }) => now)})`.execute(
      this.#db,
    );
    const bases = new Map(rows.map(({ place, policy, ...basis }) => [place, { ...basis, policy: toPolicy(policy) }]));
    return codes.map((_, index) => bases.get(index + 1));
  }
}

/** The code with this hash, in any state. */
export const codeWithHash = (hash: RawBuilder<unknown>): RawBuilder<AuthorizationCode> => sql`
  SELECT id, app_id AS "appId", organization_id AS "organizationId", user_id AS "userId", redirect_uri AS "redirectUri",
    actor_mode AS "actorMode", scopes, webhook_events AS "webhookEvents", code_challenge AS "codeChallenge",
    expires_at AS "expiresAt", consumed_at AS "consumedAt"
  FROM public.authorization_codes WHERE code_hash = ${hash}`;

function conditionOf(selection: CodeSelection, open: RawBuilder<unknown>): RawBuilder<unknown> {
  if (selection === 'all') return sql`true`;
  if ('organizationOrOwner' in selection) {
    const { organizationOrOwner: id } = selection;
    // UNION ALL, because no index supports an OR of both conditions.
    return sql`id IN (
      SELECT id FROM authorization_codes WHERE ${open} AND organization_id = ${id}
      UNION ALL
      SELECT id FROM authorization_codes WHERE ${open}
        AND app_id IN (SELECT id FROM apps WHERE owner_organization_id = ${id}))`;
  }
  const isOfAppOrUser = 'app' in selection ? sql`app_id = ${selection.app}` : sql`user_id = ${selection.user}`;
  const { organization } = selection;
  if (organization === undefined) return isOfAppOrUser;
  // A member who is removed from an organization is also removed from its sandbox.
  const organizationId = 'app' in selection ? sql`organization_id` : sql`member_organization(organization_id)`;
  return sql`${isOfAppOrUser} AND ${organizationId} = ${organization}`;
}
