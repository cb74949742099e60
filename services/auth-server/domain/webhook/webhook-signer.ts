import { createHmac } from 'node:crypto';
import { Secret } from '#common/credentials/secret.ts';

const KEY_PATTERN = /^[0-9a-f]{64}$/;
/** Standard Webhooks: followed by the base64 of the secret's bytes. */
const SECRET_PREFIX = 'whsec_';
/** Separates these derivations from other uses of the same key. */
const PURPOSE = 'webhook signing secret\0';

/**
 * The signing secrets of hooks and the signatures made with them (Standard Webhooks, symmetric, `v1`).
 *
 * A secret is the HMAC-SHA256 of a random nonce under a configured key, so the database contains no secrets. During a key
 * rotation each delivery has a signature for every key, so that secrets derived from the old one are valid until it is removed.
 */
export class WebhookSigner {
  #keys!: readonly Buffer[];

  /** `keys`: 64 lower-case hex digits each. New secrets are derived from the first one. */
  constructor(keys: readonly string[]) {
    this.replace(keys);
  }

  /** Uses these keys from now on. Throws, and changes nothing, if they are malformed. */
  replace(keys: readonly string[]): void {
    if (keys.length === 0 || !keys.every((key) => KEY_PATTERN.test(key))) {
      throw new Error('webhook keys must be one or more strings of 64 lower-case hex digits');
    }
    this.#keys = keys.map((key) => Buffer.from(key, 'hex'));
  }

  /** The secret as it is shown, derived under the first key. */
  deriveSecret(nonce: Buffer): Secret {
    return new Secret(SECRET_PREFIX + derive(this.#keys[0] as Buffer, nonce).toString('base64'));
  }

  /** The `webhook-signature` header: a signature for each nonce under each key, separated by spaces. */
  sign(id: string, timestamp: number, body: string, nonces: readonly Buffer[]): string {
    const signed = `${id}.${timestamp}.${body}`;
    const secrets = nonces.flatMap((nonce) => this.#keys.map((key) => derive(key, nonce)));
    return secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`).join(' ');
  }
}

function derive(key: Buffer, nonce: Buffer): Buffer {
  return createHmac('sha256', key).update(PURPOSE).update(nonce).digest();
}
