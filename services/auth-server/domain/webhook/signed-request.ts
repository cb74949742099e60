import type { UnsignedRequest } from './delivery-store.ts';
import type { WebhookSigner } from './webhook-signer.ts';

/** What a receiver gets. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Standard Webhooks. `at` (ms since 1970) is the time of the attempt: receivers reject old timestamps as replays. */
export function signedRequest(
  signer: WebhookSigner,
  { id, hookId, body, secretNonces }: UnsignedRequest,
  at: number,
): SignedRequest {
  const timestamp = Math.floor(at / 1_000);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signer.sign(id, timestamp, body, secretNonces),
      // Unsigned: only tells a receiver of many hooks which secret to verify with.
      'featureos-hook-id': hookId,
    },
  };
}
