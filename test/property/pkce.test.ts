import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OAuthError } from '../../services/auth-server/domain/oauth-error.ts';
import { checkVerifier } from '../../services/auth-server/domain/token/grants/pkce.ts';
import { oneCharacterChange } from './one-character-change.ts';

const verifier = fc.stringMatching(/^[A-Za-z0-9._~-]{43,128}$/);
/** RFC 7636 section 4.2, S256. */
const challengeOf = (text: string) => createHash('sha256').update(text).digest('base64url');

function errorOf(challenge: string | null, given: string): string | undefined {
  try {
    checkVerifier(challenge, given);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OAuthError);
    expect((error as OAuthError).code).toBe('invalid_grant');
    return (error as OAuthError).message;
  }
}

test('accepts the example of RFC 7636 appendix B', () => {
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  expect(errorOf(challenge, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBeUndefined();
});

test('accepts the verifier of the challenge', () => {
  fc.assert(
    fc.property(verifier, (text) => {
      expect(errorOf(challengeOf(text), text)).toBeUndefined();
    }),
  );
});

test('rejects another verifier, and any one-character change of the right one', () => {
  const pairs = fc.oneof(
    fc.tuple(verifier, verifier).filter(([one, other]) => one !== other),
    verifier.chain((text) => oneCharacterChange(text).map((changed): [string, string] => [text, changed])),
  );
  fc.assert(
    fc.property(pairs, ([right, wrong]) => {
      expect(errorOf(challengeOf(right), wrong)).toBeDefined();
    }),
    { numRuns: 1_000 },
  );
});

test('rejects a verifier that is too short, too long or has other characters, even if its hash matches', () => {
  const bad = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._~-]{1,42}$/),
    fc.stringMatching(/^[A-Za-z0-9._~-]{129,200}$/),
    fc.tuple(verifier, fc.constantFrom('+', '/', '=', ' ', '%', '\n', 'é')).map(([text, char]) => text.slice(1) + char),
  );
  fc.assert(
    fc.property(bad, (text) => {
      expect(errorOf(challengeOf(text), text)).toBe('code_verifier must be 43 to 128 unreserved characters');
    }),
  );
});

test('rejects the challenge itself as verifier: `plain` is not supported', () => {
  fc.assert(
    fc.property(verifier, (text) => {
      const challenge = challengeOf(text);
      expect(errorOf(challenge, challenge)).toBe('code_verifier does not match the code_challenge');
    }),
  );
});

test('rejects a challenge without a verifier and a verifier without a challenge', () => {
  fc.assert(
    fc.property(verifier, (text) => {
      expect(errorOf(challengeOf(text), '')).toBe('code_verifier is missing');
      expect(errorOf(null, text)).toBe('the authorization request had no code_challenge');
    }),
  );
});

test('accepts a request with neither a challenge nor a verifier', () => {
  expect(errorOf(null, '')).toBeUndefined();
});
