import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import type { InstallManager } from '../../install/install-manager.ts';
import type { Database } from '../../stores.ts';
import { deriveTokensWithEachKey, type IssuedPair, type PairTokens } from '../token-pair.ts';
import type { LivePair, TokenPair } from '../token-store.ts';
import { checkRequestedScope, type RefreshParameters, requireUsable } from './refresh-checks.ts';

/**
 * A refresh whose answer was lost: the same refresh token again gets the same new pair, for a short while and as long as that
 * is the live pair. Changes nothing, so it neither extends a life nor counts as a refresh.
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

  /** Undefined if this is not a repeat that may be answered. `pair` has ended; the client is authenticated, and the pair is its. */
  async reissue(pair: TokenPair, given: RefreshParameters): Promise<IssuedPair | undefined> {
    if (!this.#isInTime(pair)) return undefined;
    const { stores } = this.#database;
    const live = await stores.tokens.findLivePair(pair.installId);
    const tokens = live && this.#successor(pair, given.refreshToken, live);
    if (live === undefined || tokens === undefined) return undefined;
    const grant = await stores.installs.grantOf(pair.installId);
    requireUsable(grant);
    const { scopes } = grant;
    checkRequestedScope(given.scope, scopes);
    // The old access token must be dead everywhere before anybody hears that the refresh has succeeded.
    if (!live.isSettled) await this.#installs.awaitPropagation(pair);
    return { ...tokens, expiresInSeconds: this.#secondsUntil(live.accessExpiresAt), scopes };
  }

  /** The servers' clocks may differ: a pair that ended in the future has only just ended. */
  #isInTime({ endReason, endedAt }: TokenPair): boolean {
    if (endReason !== 'refreshed' || endedAt === null) return false;
    return Math.max(0, this.#clock.now() - endedAt.getTime()) < this.#repeatMs;
  }

  /** The live pair in plain text, if it is what this refresh token was exchanged for and is still as it was handed out. */
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
