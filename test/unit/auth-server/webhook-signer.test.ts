import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { WebhookSigner } from '../../../services/auth-server/domain/webhook/webhook-signer.ts';

const KEY = 'ab'.repeat(32);
const OTHER_KEY = 'cd'.repeat(32);
const NONCE = Buffer.alloc(32, 1);
const OTHER_NONCE = Buffer.alloc(32, 2);

const now = () => Math.floor(Date.now() / 1_000);

function verifies(secret: string, signature: string, body = '{}'): boolean {
  const headers = { 'webhook-id': 'm1', 'webhook-timestamp': String(now()), 'webhook-signature': signature };
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

describe('a signature', () => {
  const signer = new WebhookSigner([KEY]);

  test('verifies only with its secret', () => {
    const signature = signer.sign('m1', now(), '{}', [NONCE]);
    expect(verifies(signer.deriveSecret(NONCE).reveal(), signature)).toBe(true);
    expect(verifies(signer.deriveSecret(OTHER_NONCE).reveal(), signature)).toBe(false);
    expect(verifies(new WebhookSigner([OTHER_KEY]).deriveSecret(NONCE).reveal(), signature)).toBe(false);
  });

  test('with two secrets verifies with each', () => {
    const signature = signer.sign('m1', now(), '{}', [NONCE, OTHER_NONCE]);
    for (const nonce of [NONCE, OTHER_NONCE])
      expect(verifies(signer.deriveSecret(nonce).reveal(), signature)).toBe(true);
  });

  test('is made under each key during a rotation, so that existing secrets stay valid', () => {
    const before = signer.deriveSecret(NONCE).reveal();
    const rotating = new WebhookSigner([OTHER_KEY, KEY]);
    const after = rotating.deriveSecret(NONCE).reveal();
    expect(after).not.toBe(before);
    const signature = rotating.sign('m1', now(), '{}', [NONCE]);
    for (const secret of [before, after]) expect(verifies(secret, signature)).toBe(true);
  });
});

test('a secret is whsec_ and the base64 of 32 bytes, and cannot be logged', () => {
  const secret = new WebhookSigner([KEY]).deriveSecret(NONCE);
  expect(secret.reveal()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(`${secret} ${JSON.stringify({ secret })}`).not.toContain('whsec_');
});

test.each([[[]], [['short']], [[KEY, 'XY'.repeat(32)]]])('rejects the keys %j without repeating them', (keys) => {
  const error = new Error('webhook keys must be one or more strings of 64 lower-case hex digits');
  expect(() => new WebhookSigner(keys)).toThrow(error);
});
