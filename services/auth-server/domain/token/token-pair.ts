import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '#common/credentials/kinds.ts';
import type { Secret } from '#common/credentials/secret.ts';
import type { TokenPairId } from '../ids.ts';
import type { RefreshWindow } from './grants/refresh-limit.ts';
import type { NewPair } from './token-store.ts';

export interface PairTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
}

/** A pair as returned to the client (RFC 6749 section 5.1). */
export interface IssuedPair extends PairTokens {
  readonly expiresInSeconds: number;
  /** The scopes that the install grants, in catalog order. */
  readonly scopes: readonly string[];
}

/** A pair, with its refresh token as the client sent it. */
export interface PresentedPair {
  readonly id: TokenPairId;
  readonly refreshToken: string;
}

export const mintTokens = (format: CredentialFormat): PairTokens => ({
  accessToken: format.mint('access_token'),
  refreshToken: format.mint('refresh_token'),
});

/** The tokens that replace a pair, derived from its refresh token so that a repeated refresh returns the same ones. */
export const deriveTokens = (format: CredentialFormat, presented: PresentedPair): PairTokens => ({
  accessToken: format.derive('access_token', sourceOf(presented)),
  refreshToken: format.derive('refresh_token', sourceOf(presented)),
});

/** The same, derived with each credential key, because keys may have been rotated. */
export function deriveTokensWithEachKey(format: CredentialFormat, presented: PresentedPair): PairTokens[] {
  const refreshTokens = format.deriveWithEachKey('refresh_token', sourceOf(presented));
  return format
    .deriveWithEachKey('access_token', sourceOf(presented))
    .map((accessToken, index) => ({ accessToken, refreshToken: refreshTokens[index] as Secret }));
}

const sourceOf = ({ id, refreshToken }: PresentedPair): string => `${id} ${refreshToken}`;

/** A new pair for the store, which has only the hashes of the tokens. */
export function newPair(
  { accessToken, refreshToken }: PairTokens,
  binding: Pick<NewPair, 'installId' | 'codeId'> & RefreshWindow,
  now: Date,
): NewPair {
  return {
    ...binding,
    accessHash: hashCredential(accessToken.reveal()),
    refreshHash: hashCredential(refreshToken.reveal()),
    issuedAt: now,
    accessExpiresAt: new Date(now.getTime() + ACCESS_TOKEN_LIFETIME_SECONDS * 1_000),
  };
}
