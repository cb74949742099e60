import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { ACCESS_TOKEN_LIFE_SECONDS } from '#common/credentials/kinds.ts';
import type { Secret } from '#common/credentials/secret.ts';
import type { RefreshWindow } from './grants/refresh-limit.ts';
import type { NewPair } from './token-store.ts';

/** The tokens of a pair in plain text. */
export interface PairTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
}

/** A pair as its client gets it (RFC 6749 section 5.1). */
export interface IssuedPair extends PairTokens {
  readonly expiresInSeconds: number;
  /** What the install grants, in catalog order. */
  readonly scopes: readonly string[];
}

/** A pair whose refresh token was presented. */
export interface PresentedPair {
  readonly id: number;
  readonly refreshToken: string;
}

export const mintTokens = (format: CredentialFormat): PairTokens => ({
  accessToken: format.mint('access_token'),
  refreshToken: format.mint('refresh_token'),
});

/** The tokens that replace a pair. They follow from its refresh token, so that a repeat of the refresh finds them again. */
export const deriveTokens = (format: CredentialFormat, presented: PresentedPair): PairTokens => ({
  accessToken: format.derive('access_token', sourceOf(presented)),
  refreshToken: format.derive('refresh_token', sourceOf(presented)),
});

/** The same under each credential key: the keys may have been rotated since. */
export function deriveTokensWithEachKey(format: CredentialFormat, presented: PresentedPair): PairTokens[] {
  const refreshTokens = format.deriveWithEachKey('refresh_token', sourceOf(presented));
  return format
    .deriveWithEachKey('access_token', sourceOf(presented))
    .map((accessToken, index) => ({ accessToken, refreshToken: refreshTokens[index] as Secret }));
}

const sourceOf = ({ id, refreshToken }: PresentedPair): string => `${id} ${refreshToken}`;

/** A new pair for the store, which keeps only the hashes of its tokens. */
export function newPair(
  { accessToken, refreshToken }: PairTokens,
  about: Pick<NewPair, 'installId' | 'codeId'> & RefreshWindow,
  now: Date,
): NewPair {
  return {
    ...about,
    accessHash: hashCredential(accessToken.reveal()),
    refreshHash: hashCredential(refreshToken.reveal()),
    issuedAt: now,
    accessExpiresAt: new Date(now.getTime() + ACCESS_TOKEN_LIFE_SECONDS * 1_000),
  };
}
