import { createHash, createHmac } from 'node:crypto';
import { hashToBase62, isBase62, randomBase62, toBase62 } from './base62.ts';
import { KeyedCheck } from './keyed-check.ts';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, type CredentialKind, RANDOM_LENGTH } from './kinds.ts';
import { Secret } from './secret.ts';

const KEY_PATTERN = /^[0-9a-f]{64}$/;
/** Separates these HMACs from other uses of the keys. */
const DERIVATION_LABEL = 'featureos.oauth.derived-credential.v1';

/** Hex digits of a fingerprint. Keys are random, so a few digits of their hash tell them apart and reveal nothing. */
const FINGERPRINT_LENGTH = 8;

/** The format of a kind of credential, and its check under each key. */
interface Kind {
  readonly prefix: string;
  readonly length: number;
  readonly checks: readonly KeyedCheck[];
}

/** Creates credentials and validates their format without a lookup, in about a microsecond. */
export class CredentialFormat {
  #kinds!: Readonly<Record<CredentialKind, Kind>>;
  #keys!: readonly Buffer[];
  #fingerprints!: readonly string[];

  /** `keys`: 64 lower-case hex digits each. The first one creates credentials; all of them are accepted (key rotation). */
  constructor(keys: readonly string[]) {
    this.replace(keys);
  }

  /** Uses these keys from now on. Throws, and changes nothing, if they are malformed. */
  replace(keys: readonly string[]): void {
    if (keys.length === 0 || !keys.every((key) => KEY_PATTERN.test(key))) {
      throw new Error('credential keys must be one or more strings of 64 lower-case hex digits');
    }
    this.#keys = keys.map((key) => Buffer.from(key, 'hex'));
    this.#fingerprints = keys.map((key) => createHash('sha256').update(key).digest('hex').slice(0, FINGERPRINT_LENGTH));
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

  /** The start of the SHA-256 of each key's hex digits, to compare the keys of servers. */
  get keyFingerprints(): readonly string[] {
    return this.#fingerprints;
  }

  mint(kind: CredentialKind): Secret {
    return this.#build(kind, 0, randomBase62(RANDOM_LENGTH));
  }

  /**
   * Derives a credential from `source` under the first key (HMAC-SHA-256). The same kind, source and key always give the same
   * credential. For somebody who lacks the key or a secret in the source, it is as hard to guess as a random one.
   */
  derive(kind: CredentialKind, source: string): Secret {
    return this.#derive(kind, 0, source);
  }

  /** Derives the credential under each key, to find one that was derived before a key rotation. */
  deriveWithEachKey(kind: CredentialKind, source: string): Secret[] {
    return this.#keys.map((_key, index) => this.#derive(kind, index, source));
  }

  /** Whether `text` has the format of that kind and a valid check under one of the keys. */
  isWellFormed(kind: CredentialKind, text: string): boolean {
    const { prefix, length, checks } = this.#kinds[kind];
    if (text.length !== length || !text.startsWith(prefix) || !isBase62(text, prefix.length)) return false;
    for (const check of checks) if (check.holds(text)) return true;
    return false;
  }

  #derive(kind: CredentialKind, keyIndex: number, source: string): Secret {
    const hmac = createHmac('sha256', this.#keys[keyIndex] as Buffer);
    const digest = hmac.update(`${DERIVATION_LABEL}\n${kind}\n${source}`).digest();
    return this.#build(kind, keyIndex, hashToBase62(digest, RANDOM_LENGTH));
  }

  #build(kind: CredentialKind, keyIndex: number, body: string): Secret {
    const { prefix, checks } = this.#kinds[kind];
    const unchecked = prefix + body;
    return new Secret(unchecked + toBase62((checks[keyIndex] as KeyedCheck).of(unchecked), CHECK_LENGTH));
  }
}
