import { hash, timingSafeEqual } from 'node:crypto';
import { invalidGrant } from '../../oauth-error.ts';

/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * RFC 7636 section 4.6, S256 only. Also rejects a verifier without a challenge: an attacker may have removed the challenge
 * from the authorization request (RFC 9700 section 4.8.2).
 */
export function checkVerifier(challenge: string | null, verifier: string): void {
  if (challenge === null) {
    if (verifier !== '') throw invalidGrant('the authorization request had no code_challenge');
    return;
  }
  if (verifier === '') throw invalidGrant('code_verifier is missing');
  if (!VERIFIER.test(verifier)) throw invalidGrant('code_verifier must be 43 to 128 unreserved characters');
  const computed = Buffer.from(hash('sha256', verifier, 'base64url'));
  const expected = Buffer.from(challenge);
  if (computed.length !== expected.length || !timingSafeEqual(computed, expected)) {
    throw invalidGrant('code_verifier does not match the code_challenge');
  }
}
