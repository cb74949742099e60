import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import type { InstallManager } from '../../install/install-manager.ts';
import type { Database } from '../../stores.ts';
import { deriveTokensWithEachKey, type IssuedPair, type PairTokens } from '../token-pair.ts';
import type { LivePair, TokenPair } from '../token-store.ts';
import { checkRequestedScope, type RefreshParameters, requireUsable } from './refresh-checks.ts';

/**
 * Repeats the response to a refresh, in case it was lost: the same refresh token gets the same new pair, for a short time
 * and while that pair is live. Changes nothing, so it neither extends a lifetime nor counts as a refresh.
 */
export class RepeatedRefresh {
  readonly #database: Database;
  readonly #installs: InstallManager;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;
  readonly #repeatMs: number;

  constructor(
    database: Database,
    installs: InstallManager,
    format: CredentialFormat,
    clock: Clock,
    repeatSeconds: number,
  ) {
    this.#database = database;
    this.#installs = installs;
    this.#format = format;
    this.#clock = clock;
    this.#repeatMs = repeatSeconds * 1_000;
  }

  /** Undefined if the refresh cannot be repeated. `pair` has ended and belongs to the authenticated client. */
  async reissue(pair: TokenPair, parameters: RefreshParameters): Promise<IssuedPair | undefined> {
    if (!this.#isRecent(pair)) return undefined;
    const { stores } = this.#database;
    const live = await stores.tokens.findLivePair(pair.installId);
    const tokens = live && this.#successor(pair, parameters.refreshToken, live);
    if (live === undefined || tokens === undefined) return undefined;
    const grant = await stores.installs.grantOf(pair.installId);
    requireUsable(grant);
    const { scopes } = grant;
    checkRequestedScope(parameters.scope, scopes);
    // The old access token must be inactive everywhere before the refresh is reported as successful.
    if (live.hasPendingInvalidations) await this.#installs.awaitPropagation(pair);
    return { ...tokens, expiresInSeconds: this.#secondsUntil(live.accessExpiresAt), scopes };
  }

  /** Clocks of servers may differ: a pair that ended in the future has just ended. */
  #isRecent({ endReason, endedAt }: TokenPair): boolean {
    if (endReason !== 'refreshed' || endedAt === null) return false;
    return Math.max(0, this.#clock.now() - endedAt.getTime()) < this.#repeatMs;
  }

  /** The tokens of the live pair, if it replaced the pair of this refresh token and its access token is not revoked. */
  #successor({ id }: TokenPair, refreshToken: string, live: LivePair): PairTokens | undefined {
    if (live.accessRevoked) return undefined;
    const candidates = deriveTokensWithEachKey(this.#format, { id, refreshToken });
    return candidates.find(
      (tokens) =>
        hashCredential(tokens.accessToken.reveal()).equals(live.accessHash) &&
        hashCredential(tokens.refreshToken.reveal()).equals(live.refreshHash),
    );
  }

  #secondsUntil(time: Date): number {
    return Math.max(0, Math.floor((time.getTime() - this.#clock.now()) / 1_000));
  }
}
