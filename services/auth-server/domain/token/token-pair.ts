import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { ACCESS_TOKEN_LIFE_SECONDS } from '#common/credentials/kinds.ts';
import type { Secret } from '#common/credentials/secret.ts';
import type { NewPair } from './token-store.ts';

/** A pair as its client gets it (RFC 6749 section 5.1). */
export interface IssuedPair {
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  readonly expiresInSeconds: number;
  /** What the install grants, in catalog order. */
  readonly scopes: readonly string[];
}

/** A new pair in both its forms: the secrets for the client, their hashes for the store. */
export function mintPair(
  format: CredentialFormat,
  about: { readonly installId: string; readonly codeId: number; readonly scopes: readonly string[] },
  now: Date,
): { issued: IssuedPair; stored: NewPair } {
  const accessToken = format.mint('access_token');
  const refreshToken = format.mint('refresh_token');
  const { installId, codeId, scopes } = about;
  return {
    issued: { accessToken, refreshToken, expiresInSeconds: ACCESS_TOKEN_LIFE_SECONDS, scopes },
    stored: {
      installId,
      codeId,
      accessHash: hashCredential(accessToken.reveal()),
      refreshHash: hashCredential(refreshToken.reveal()),
      issuedAt: now,
      accessExpiresAt: new Date(now.getTime() + ACCESS_TOKEN_LIFE_SECONDS * 1_000),
    },
  };
}
