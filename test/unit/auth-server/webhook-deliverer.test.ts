import { expect, test } from 'vitest';
import type { AppId, DeliveryId, HookId } from '../../../services/auth-server/domain/ids.ts';
import type { Database } from '../../../services/auth-server/domain/stores.ts';
import { WebhookDeliverer } from '../../../services/auth-server/domain/webhook/webhook-deliverer.ts';
import { WebhookSigner } from '../../../services/auth-server/domain/webhook/webhook-signer.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('the duration of an attempt is 0 if the clock is set back meanwhile', async () => {
  const clock = new ManualClock();
  const begun = clock.now();
  const sender = {
    async send() {
      clock.advance(-3_600);
      return { httpStatus: 204, error: null, responseExcerpt: '' };
    },
  };
  const deliverer = new WebhookDeliverer({} as Database, sender, new WebhookSigner(['0'.repeat(64)]), clock);
  const outcome = await deliverer.attempt({
    id: 'd' as DeliveryId,
    appId: 1 as AppId,
    hookId: 'h' as HookId,
    url: 'https://app.example/',
    body: '{}',
    secretNonces: [Buffer.alloc(32)],
    failures: 0,
    leasedUntil: new Date(begun + 30_000),
  });
  expect(outcome.attempt).toMatchObject({ startedAt: new Date(begun), durationMs: 0 });
});
