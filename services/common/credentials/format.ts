import { isBase62, randomBase62, toBase62 } from './base62.ts';
import { KeyedCheck } from './keyed-check.ts';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, type CredentialKind, RANDOM_LENGTH } from './kinds.ts';
import { Secret } from './secret.ts';

const KEY_PATTERN = /^[0-9a-f]{64}$/;

/** What a kind looks like, and its checks by key. */
interface Kind {
  readonly prefix: string;
  readonly length: number;
  readonly checks: readonly KeyedCheck[];
}

/** Mints credentials and tells well-formed ones from junk, without a look-up: junk costs its target about a microsecond. */
export class CredentialFormat {
  readonly #kinds: Readonly<Record<CredentialKind, Kind>>;

  /** `keys`: 64 lower-case hex digits each. The first one mints; all of them are accepted (key rotation). */
  constructor(keys: readonly string[]) {
    if (keys.length === 0 || !keys.every((key) => KEY_PATTERN.test(key))) {
      throw new Error('credential keys must be one or more strings of 64 lower-case hex digits');
    }
    const kindOf = (prefix: string): Kind => {
      const textLength = prefix.length + RANDOM_LENGTH;
      const checks = keys.map((key) => new KeyedCheck(key, textLength));
      return { prefix, length: textLength + CHECK_LENGTH, checks };
    };
    const { client_secret, authorization_code, access_token, refresh_token } = CREDENTIAL_PREFIXES;
    this.#kinds = {
      client_secret: kindOf(client_secret),
      authorization_code: kindOf(authorization_code),
      access_token: kindOf(access_token),
      refresh_token: kindOf(refresh_token),
    };
  }

  /** A new credential of that kind. */
  mint(kind: CredentialKind): Secret {
    const { prefix, checks } = this.#kinds[kind];
    const unchecked = prefix + randomBase62(RANDOM_LENGTH);
    return new Secret(unchecked + toBase62((checks[0] as KeyedCheck).of(unchecked), CHECK_LENGTH));
  }

  /** Whether `text` is a credential of that kind that we (or a holder of our key) made. */
  isWellFormed(kind: CredentialKind, text: string): boolean {
    const { prefix, length, checks } = this.#kinds[kind];
    if (text.length !== length || !text.startsWith(prefix) || !isBase62(text, prefix.length)) return false;
    for (const check of checks) if (check.holds(text)) return true;
    return false;
  }
}
