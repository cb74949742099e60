import type { CredentialFormat } from '#common/credentials/format.ts';
import { type CredentialHash, hashCredential } from '#common/credentials/hash.ts';
import { CREDENTIAL_PREFIXES, type CredentialKind } from '#common/credentials/kinds.ts';
import type { Secret } from '#common/credentials/secret.ts';
import type { Clock } from '#common/process/clock.ts';
import { effectiveScopes, parseScopeParameter } from '#common/scopes/algebra.ts';
import { inCatalogOrder } from '#common/scopes/catalog.ts';
import { hasExpired } from '#common/token-state/expiry.ts';
import type { CacheInspector, InspectedEntry } from '../../token-state/cache-inspector.ts';
import type { Database } from '../stores.ts';
import { EndEvents } from './end-events.ts';
import { formatCheck, knownCheck, storedChecks } from './token-checks.ts';
import type { IntrospectedState, ScopeStatus, StoredToken, TokenCheck, TokenExplanation } from './token-explanation.ts';
import type { ExplainedPair } from './token-store.ts';

const MAX_INVALIDATIONS = 100;
const KINDS = Object.keys(CREDENTIAL_PREFIXES) as CredentialKind[];

/** Explains to operators what Introspect returns for a token. The state itself is read from Postgres, by the query for misses. */
export class TokenExplainer {
  readonly #database: Database;
  readonly #cache: CacheInspector;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(database: Database, cache: CacheInspector, format: CredentialFormat, clock: Clock) {
    this.#database = database;
    this.#cache = cache;
    this.#format = format;
    this.#clock = clock;
  }

  async explain(token: Secret): Promise<TokenExplanation> {
    const text = token.reveal();
    const kind = KINDS.find((each) => this.#format.isWellFormed(each, text));
    if (kind === 'access_token' || kind === 'refresh_token') return this.#explain(hashCredential(text), kind);
    return { introspected: { inactive: 'malformed' }, kind, checks: [formatCheck(kind)] };
  }

  /** `hash`: SHA-256 of an access or refresh token. */
  explainHash(hash: CredentialHash): Promise<TokenExplanation> {
    return this.#explain(hash);
  }

  async #explain(hash: CredentialHash, formatKind?: 'access_token' | 'refresh_token'): Promise<TokenExplanation> {
    const pair = await this.#database.stores.tokens.explain(hash);
    const kind = pair?.kind ?? formatKind;
    const checks: TokenCheck[] = [];
    if (kind !== undefined) checks.push(formatCheck(kind));
    checks.push(knownCheck(pair !== undefined));
    const introspected = this.#introspected(pair, kind);
    if (pair === undefined) return { introspected, kind, checks };
    const events = new EndEvents(this.#database.stores.audit, pair);
    checks.push(...(await storedChecks(pair, events, this.#clock.now())));
    return { introspected, kind, checks, stored: await this.#stored(pair, events) };
  }

  #introspected(pair: ExplainedPair | undefined, kind: CredentialKind | undefined): IntrospectedState {
    // Introspect accepts only the format of access tokens.
    if (kind === 'refresh_token') return { inactive: 'malformed' };
    if (pair === undefined) return { inactive: 'unknown', stamps: [] };
    const { state } = pair;
    const isExpired = state.inactive === undefined && hasExpired(state.expiresAt.getTime(), this.#clock.now());
    return isExpired ? { inactive: 'expired' } : state;
  }

  async #stored(pair: ExplainedPair, events: EndEvents): Promise<StoredToken> {
    const { installId, state } = pair;
    const [scopes, cache, invalidations] = await Promise.all([
      scopesOf(pair, events),
      this.#inspect(pair),
      this.#database.stores.invalidations.listOfInstall(installId, state.stamps, MAX_INVALIDATIONS),
    ]);
    return { pair, scopes, cache, invalidations };
  }

  /** The cache entry of the token, or the reason why Redis could not be read. */
  #inspect({ accessHash, state }: ExplainedPair): Promise<InspectedEntry | string> {
    return this.#cache.inspect(accessHash, state.stamps).catch((error: Error) => this.#cache.problem ?? error.message);
  }
}

/** Every scope of the consent, and whether the token has it now. */
async function scopesOf(pair: ExplainedPair, events: EndEvents): Promise<StoredToken['scopes']> {
  const { grantedScopes, stillDeclaredScopes, actorMode, role } = pair;
  // From the audit event, because a job removes from the install's row what the app no longer declares.
  const consented = (await events.ofGrant())?.details['scope'] ?? grantedScopes.join(' ');
  const effective = effectiveScopes(stillDeclaredScopes, actorMode, role ?? undefined);
  const statusOf = (scope: string): ScopeStatus => {
    if (effective.includes(scope)) return 'effective';
    return stillDeclaredScopes.includes(scope) ? 'not_allowed_by_role' : 'not_declared';
  };
  return inCatalogOrder(parseScopeParameter(consented)).map((scope) => ({ scope, status: statusOf(scope) }));
}
