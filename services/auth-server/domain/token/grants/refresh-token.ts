import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import type { PresentedCredential } from '../../app/client-authenticator.ts';
import type { Client } from '../../app/client-store.ts';
import type { Initiator } from '../../initiator.ts';
import type { Database } from '../../stores.ts';
import { deriveTokens, type IssuedPair } from '../token-pair.ts';
import type { TokenPair } from '../token-store.ts';
import { type GrantParameters, type GrantRequest, requireParameter, type TokenGrant } from './grant.ts';
import type { PairIssuer } from './pair-issuer.ts';
import {
  checkRequestedScope,
  endedRefreshToken,
  type RefreshParameters,
  requireUsable,
  unknownRefreshToken,
} from './refresh-checks.ts';
import { countRefresh } from './refresh-limit.ts';
import type { RepeatedRefresh } from './repeated-refresh.ts';

export interface RefreshTokenGrantDependencies {
  readonly database: Database;
  readonly pairs: PairIssuer;
  readonly repeated: RepeatedRefresh;
  readonly format: CredentialFormat;
  readonly clock: Clock;
  /** Limit for one install; 0: no limit. */
  readonly refreshesPerMinute: number;
}

/** Replaces both tokens of a pair (RFC 6749 section 6). The old ones are inactive everywhere when `issue` returns. */
export class RefreshTokenGrant implements TokenGrant {
  readonly type = 'refresh_token';
  readonly #dependencies: RefreshTokenGrantDependencies;

  constructor(dependencies: RefreshTokenGrantDependencies) {
    this.#dependencies = dependencies;
  }

  credentialOf(parameters: GrantParameters): PresentedCredential {
    return { text: parameters.get('refresh_token'), kinds: ['refresh_token'] };
  }

  /** The refresh token of another client is reported as unknown and stays valid. */
  async issue(request: GrantRequest): Promise<IssuedPair> {
    const { found, parameters, initiator } = request;
    const { client, pair } = found;
    const requested = {
      refreshToken: requireParameter(parameters, 'refresh_token'),
      scope: parameters.get('scope'),
    };
    if (pair?.appId !== client.id) throw unknownRefreshToken();
    if (pair.endReason !== null) return this.#repeat(client, pair, requested, initiator);
    const issued = await this.#rotate(request, pair, requested);
    if (issued !== undefined) return issued;
    const ended = await this.#dependencies.database.stores.tokens.findByRefresh(hashCredential(requested.refreshToken));
    return this.#repeat(client, ended ?? pair, requested, initiator);
  }

  /** Undefined if the pair ended after it was looked up. */
  async #rotate(
    request: GrantRequest,
    pair: TokenPair,
    { refreshToken, scope }: RefreshParameters,
  ): Promise<IssuedPair | undefined> {
    const { pairs, format, clock, refreshesPerMinute } = this.#dependencies;
    const { id, appId, organizationId, installedBy, installId, codeId, accessHash } = pair;
    // No lock is needed: the window of a pair never changes, and redeemPair detects that the pair has ended.
    const refreshWindow = countRefresh(pair, refreshesPerMinute, new Date(clock.now()));
    // If `installedBy` has changed since the lookup, another user's code has been redeemed. That ended this pair, so redeemPair
    // returns undefined.
    const target = { appId, organizationId, userId: installedBy, expectedAccess: accessHash };
    return pairs.issue(request, 'install.refreshed', target, async (stores, now) => {
      const grant = await stores.tokens.redeemPair(id, now);
      if (grant === undefined) return undefined;
      requireUsable(grant);
      checkRequestedScope(scope, grant.scopes);
      const tokens = deriveTokens(format, { id, refreshToken });
      return { tokens, scopes: grant.scopes, binding: { installId, codeId, ...refreshWindow } };
    });
  }

  /**
   * A token that was refreshed before may have been stolen if its refresh can no longer be repeated, so this use is recorded.
   * The live pair stays valid because the client is authenticated.
   */
  async #repeat(
    client: Client,
    pair: TokenPair,
    requested: RefreshParameters,
    initiator: Initiator,
  ): Promise<IssuedPair> {
    const { database, repeated, clock } = this.#dependencies;
    const issued = await repeated.reissue(pair, requested);
    if (issued !== undefined) return issued;
    const { organizationId, installId, endReason } = pair;
    if (endReason === 'refreshed') {
      await database.stores.audit.append(
        { action: 'token.refresh_reused', initiator, organizationId, clientId: client.clientId, installId },
        new Date(clock.now()),
      );
    }
    throw endReason === null ? unknownRefreshToken() : endedRefreshToken(endReason);
  }
}
