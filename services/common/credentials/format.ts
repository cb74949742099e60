import { hash } from 'node:crypto';
import { BASE62, randomBase62, toBase62 } from './base62.ts';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, type CredentialKind, RANDOM_LENGTH } from './kinds.ts';
import { Secret } from './secret.ts';

const KEY_PATTERN = /^[0-9a-f]{64}$/;
const BODY_PATTERN = new RegExp(`^[${BASE62}]{${RANDOM_LENGTH + CHECK_LENGTH}}$`);

/**
 * Mints credentials and tells well-formed ones from junk, without a look-up: junk costs its target about a microsecond.
 *
 * The check is SHA-256 over key and text, truncated to 35 bits. The plain construction is enough here: key and text have
 * fixed lengths and most of the digest is withheld, so it cannot be extended. It keeps junk from the caches; a guess
 * that passes (one in 56 billion) is still an unknown token.
 */
export class CredentialFormat {
  readonly #keys: readonly string[];

  /** `keys`: 64 lower-case hex digits each. The first one mints; all of them are accepted (key rotation). */
  constructor(keys: readonly string[]) {
    if (keys.length === 0 || !keys.every((key) => KEY_PATTERN.test(key))) {
      throw new Error('credential keys must be one or more strings of 64 lower-case hex digits');
    }
    this.#keys = keys;
  }

  /** A new credential of that kind. */
  mint(kind: CredentialKind): Secret {
    const unchecked = CREDENTIAL_PREFIXES[kind] + randomBase62(RANDOM_LENGTH);
    return new Secret(unchecked + keyedCheck(this.#keys[0] as string, unchecked));
  }

  /** Whether `text` is a credential of that kind that we (or a holder of our key) made. */
  isWellFormed(kind: CredentialKind, text: string): boolean {
    const prefix = CREDENTIAL_PREFIXES[kind];
    if (text.length !== prefix.length + RANDOM_LENGTH + CHECK_LENGTH || !text.startsWith(prefix)) return false;
    if (!BODY_PATTERN.test(text.slice(prefix.length))) return false;
    const unchecked = text.slice(0, -CHECK_LENGTH);
    const check = text.slice(-CHECK_LENGTH);
    return this.#keys.some((key) => keyedCheck(key, unchecked) === check);
  }
}

function keyedCheck(key: string, unchecked: string): string {
  const digest = hash('sha256', key + unchecked, 'hex');
  return toBase62(Number.parseInt(digest.slice(0, 12), 16), CHECK_LENGTH);
}
