import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import { type ReceivingApp, receivingApps } from './receiving-app.ts';
import type { ViewFixture } from './test-views.ts';
import { clickFirst, type View, type ViewOptions, view } from './views.ts';

const LONG_RESPONSE = 'The receiver is out of order, and explains it in a long response.\n'.repeat(12);

/** The webhook views of an app with a working receiver, and of one whose hook is disabled. */
export function webhookViews(bed: Bed): ViewFixture {
  const make = receivingApps(bed);
  let healthy: ReceivingApp;
  let failing: ReceivingApp;
  const ownerView = (name: string, url: () => string, expectedText: View['expectedText'], options?: ViewOptions) =>
    view(name, 'Olga Owner', url, expectedText, options);
  const appUrl = ({ app }: ReceivingApp, page = '') => `/apps/acme/${app.account.clientId}${page}`;
  const rotate = clickFirst('Rotate secret');
  const openFirst = (page: Page) => page.locator('summary').first().click();
  return {
    async prepare() {
      healthy = await make('Listening');
      await healthy.publish();
      await healthy.receiver.waitFor(2);
      failing = await make('Out of order');
      await failing.receiver.waitFor(1);
      failing.receiver.respondWith(503, LONG_RESPONSE);
      await failing.publish();
      await failing.exhaustRetries();
    },
    views: [
      ownerView('hook-disabled', () => appUrl(failing), /^1 hook is disabled/),
      ownerView('hooks', () => appUrl(failing, '/webhooks'), /three retries/),
      ownerView('hook-enable-dialog', () => appUrl(failing, '/webhooks'), 'Enable this hook?', {
        steps: clickFirst('Enable'),
      }),
      ownerView('hook-rotate-dialog', () => appUrl(healthy, '/webhooks'), 'Rotate signing secret', { steps: rotate }),
      ownerView('hook-secret-rotated', () => appUrl(healthy, '/webhooks'), 'Your new signing secret', {
        steps: async (page) => {
          await rotate(page);
          await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
        },
      }),
      ownerView('deliveries', () => appUrl(healthy, '/deliveries'), 'A post is created'),
      ownerView('delivery-failed', () => appUrl(failing, '/deliveries'), /^Sends it again now/, { steps: openFirst }),
      ownerView('delivery-refused', () => appUrl(failing, '/deliveries'), 'Something went wrong', {
        steps: async (page) => {
          await openFirst(page);
          await clickFirst('Replay')(page);
        },
        expectsError: true,
      }),
      ownerView('deliveries-no-match', () => appUrl(healthy, '/deliveries'), 'No matching deliveries', {
        steps: async (page) => {
          await page.getByLabel('Status').selectOption({ label: 'Failed' });
        },
      }),
    ],
  };
}
