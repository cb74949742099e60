import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { ACCESS_TOKEN_LIFE_SECONDS } from '#common/credentials/kinds.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Authority } from '../../authority/authority.ts';
import type { PresentedText } from '../../client/client-authenticator.ts';
import type { Client } from '../../client/client-store.ts';
import type { Origin } from '../../origin.ts';
import type { Database } from '../../stores.ts';
import { deriveTokens, type IssuedPair, newPair } from '../token-pair.ts';
import type { TokenPair } from '../token-store.ts';
import { type GrantParameters, type GrantRequest, requireParameter, type TokenGrant } from './grant.ts';
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
  readonly authority: Authority;
  readonly repeated: RepeatedRefresh;
  readonly format: CredentialFormat;
  readonly clock: Clock;
  /** Of one install; 0: no limit. */
  readonly refreshesPerMinute: number;
}

/** The refresh token grant (RFC 6749 section 6): replaces the whole pair; the old one is dead when this returns. */
export class RefreshTokenGrant implements TokenGrant {
  readonly type = 'refresh_token';
  readonly #dependencies: RefreshTokenGrantDependencies;

  constructor(dependencies: RefreshTokenGrantDependencies) {
    this.#dependencies = dependencies;
  }

  presented(parameters: GrantParameters): PresentedText {
    return { text: parameters.get('refresh_token'), kinds: ['refresh_token'] };
  }

  /** The refresh token of another client is as unknown as any, and is not touched. */
  async issue({ found: { client, pair }, parameters, origin }: GrantRequest): Promise<IssuedPair> {
    const requested = {
      refreshToken: requireParameter(parameters, 'refresh_token'),
      scope: parameters.get('scope'),
    };
    if (pair?.appId !== client.id) throw unknownRefreshToken();
    if (pair.endReason !== null) return this.#repeat(client, pair, requested, origin);
    const issued = await this.#rotate(client, pair, requested, origin);
    if (issued !== undefined) return issued;
    const ended = await this.#dependencies.database.stores.tokens.findByRefresh(hashCredential(requested.refreshToken));
    return this.#repeat(client, ended ?? pair, requested, origin);
  }

  /** Undefined if the pair ended after it was looked up. */
  async #rotate(
    client: Client,
    pair: TokenPair,
    requested: RefreshParameters,
    origin: Origin,
  ): Promise<IssuedPair | undefined> {
    const { authority, format, clock, refreshesPerMinute } = this.#dependencies;
    const { id, appId, organizationId, installedBy, installId, codeId } = pair;
    // No lock is needed: a pair keeps its window, and an ended pair is found out below.
    const refreshWindow = countRefresh(pair, refreshesPerMinute, new Date(clock.now()));
    return authority.change({
      locks: {
        organizations: { ids: [client.ownerId, organizationId], mode: 'share' },
        app: { id: appId, mode: 'share' },
        // If another user has re-consented meanwhile, that exchange has ended this pair, and so this refresh.
        user: { id: installedBy, mode: 'share' },
        install: { appId, organizationId },
      },
      affects: { install: { appId, organizationId } },
      ifCacheUnreachable: 'roll-back',
      apply: async (locked) => {
        const now = new Date(clock.now());
        const grant = await locked.tokens.takePair(id, now);
        if (grant === undefined) return undefined;
        requireUsable(grant);
        const { scopes } = grant;
        checkRequestedScope(requested.scope, scopes);
        const tokens = deriveTokens(format, { id, refreshToken: requested.refreshToken });
        await locked.tokens.issuePair(newPair(tokens, { installId, codeId, ...refreshWindow }, now), {
          action: 'install.refreshed',
          origin,
          organizationId,
          clientId: client.clientId,
        });
        return { ...tokens, expiresInSeconds: ACCESS_TOKEN_LIFE_SECONDS, scopes };
      },
    });
  }

  /**
   * A replaced token that is not repeated in time may have been stolen, so its use is recorded. The live pair stays: the
   * client is authenticated.
   */
  async #repeat(client: Client, pair: TokenPair, requested: RefreshParameters, origin: Origin): Promise<IssuedPair> {
    const { database, repeated, clock } = this.#dependencies;
    const issued = await repeated.answer(pair, requested);
    if (issued !== undefined) return issued;
    const { organizationId, installId, endReason } = pair;
    if (endReason === 'refreshed') {
      await database.stores.audit.append(
        { action: 'token.refresh_reused', origin, organizationId, clientId: client.clientId, installId },
        new Date(clock.now()),
      );
    }
    throw endReason === null ? unknownRefreshToken() : endedRefreshToken(endReason);
  }
}
