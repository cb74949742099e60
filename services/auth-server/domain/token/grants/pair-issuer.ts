import { ACCESS_TOKEN_LIFETIME_SECONDS } from '#common/credentials/kinds.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Authority, ExpectedToken } from '../../authority.ts';
import type { AppId, OrganizationId, UserId } from '../../ids.ts';
import type { Stores } from '../../stores.ts';
import { type IssuedPair, newPair, type PairTokens } from '../token-pair.ts';
import type { GrantAuditEvent, NewPair } from '../token-store.ts';
import type { GrantRequest } from './grant.ts';
import type { RefreshWindow } from './refresh-limit.ts';

/** The install that a pair is issued for, and the user who consented. */
export interface PairTarget extends ExpectedToken {
  readonly appId: AppId;
  readonly organizationId: OrganizationId;
  readonly userId: UserId;
}

/** The result of redeeming a code or refresh token. */
export interface Redemption {
  readonly tokens: PairTokens;
  readonly scopes: readonly string[];
  readonly binding: Pick<NewPair, 'installId' | 'codeId'> & RefreshWindow;
  readonly auditDetails?: GrantAuditEvent['details'];
}

/** The part that all grants share: the locks, the pair and its audit event. */
export class PairIssuer {
  readonly #authority: Authority;
  readonly #clock: Clock;

  constructor(authority: Authority, clock: Clock) {
    this.#authority = authority;
    this.#clock = clock;
  }

  /**
   * Issues a pair for what `redeem` returns, in the same transaction. `redeem` runs under the locks; it returns undefined
   * if the code was used, or the old pair ended, after it was looked up, and then nothing is issued.
   */
  issue(
    { found: { client }, initiator }: GrantRequest,
    action: GrantAuditEvent['action'],
    { appId, organizationId, userId, expectedAccess }: PairTarget,
    redeem: (stores: Stores, now: Date) => Promise<Redemption | undefined>,
  ): Promise<IssuedPair | undefined> {
    return this.#authority.grant({
      locks: {
        organizations: { ids: [client.ownerId, organizationId], mode: 'share' },
        app: { id: appId, mode: 'share' },
        user: { id: userId, mode: 'share' },
        install: { appId, organizationId },
      },
      expectedAccess,
      apply: async (stores) => {
        const now = new Date(this.#clock.now());
        const redemption = await redeem(stores, now);
        if (redemption === undefined) return undefined;
        const { tokens, scopes, binding, auditDetails: details } = redemption;
        await stores.tokens.issuePair(newPair(tokens, binding, now), {
          action,
          initiator,
          organizationId,
          clientId: client.clientId,
          ...(details && { details }),
        });
        return { ...tokens, expiresInSeconds: ACCESS_TOKEN_LIFETIME_SECONDS, scopes };
      },
    });
  }
}
