import { createHmac } from 'node:crypto';
import { Secret } from '#common/credentials/secret.ts';

const KEY_PATTERN = /^[0-9a-f]{64}$/;
/** Standard Webhooks: base64 of the key follows. */
const SECRET_PREFIX = 'whsec_';
/** Keeps these derivations apart from any other use of the same key. */
const PURPOSE = 'webhook signing secret\0';

/**
 * The signing secrets of hooks and the signatures made with them (Standard Webhooks, symmetric, `v1`).
 *
 * A secret is HMAC-SHA256 of a random nonce under a key of the configuration: the database holds nothing that signs.
 * While keys are being rotated, deliveries are signed under each of them, so no receiver notices.
 */
export class WebhookSigner {
  readonly #keys: readonly Buffer[];

  /** `keys`: 64 lower-case hex digits each. New secrets are those of the first one. */
  constructor(keys: readonly string[]) {
    if (keys.length === 0 || !keys.every((key) => KEY_PATTERN.test(key))) {
      throw new Error('webhook keys must be one or more strings of 64 lower-case hex digits');
    }
    this.#keys = keys.map((key) => Buffer.from(key, 'hex'));
  }

  /** The secret that a receiver is given. */
  deriveSecret(nonce: Buffer): Secret {
    return new Secret(SECRET_PREFIX + derive(this.#keys[0] as Buffer, nonce).toString('base64'));
  }

  /** The `webhook-signature` header: a signature for each secret and key, separated by spaces. */
  sign(id: string, timestamp: number, body: string, nonces: readonly Buffer[]): string {
    const signed = `${id}.${timestamp}.${body}`;
    const secrets = nonces.flatMap((nonce) => this.#keys.map((key) => derive(key, nonce)));
    return secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`).join(' ');
  }
}

function derive(key: Buffer, nonce: Buffer): Buffer {
  return createHmac('sha256', key).update(PURPOSE).update(nonce).digest();
}
