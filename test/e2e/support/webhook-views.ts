import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import { type ReceivingApp, receivingApps } from './receiving-app.ts';
import type { ViewFixture } from './test-views.ts';
import type { View } from './views.ts';

/** The only view with an error from the server. */
const REFUSED_REPLAY_VIEW = 'delivery-refused';
const LONG_RESPONSE = 'The receiver is out of order, and explains it in a long response.\n'.repeat(12);

/** The webhook views of an app with a working receiver, and of one whose hook is disabled. */
export function webhookViews(bed: Bed): ViewFixture {
  const make = receivingApps(bed);
  let healthy: ReceivingApp;
  let failing: ReceivingApp;
  const view = (name: string, url: () => string, expectedText: View['expectedText'], steps?: View['steps']): View => ({
    name,
    person: 'Olga Owner',
    url,
    expectedText,
    ...(steps && { steps }),
    expectsError: name === REFUSED_REPLAY_VIEW,
  });
  const appUrl = ({ app }: ReceivingApp, part = '') =>
    `${bed.stack.auth_server.http}/apps/acme/${app.account.clientId}${part}`;
  const click = (name: string) => (page: Page) => page.getByRole('button', { name }).first().click();
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
      view('hook-disabled', () => appUrl(failing), /^1 hook is disabled/),
      view('hooks', () => appUrl(failing, '/webhooks'), /three retries/),
      view('hook-enable-dialog', () => appUrl(failing, '/webhooks'), 'Enable this hook?', click('Enable')),
      view('hook-rotate-dialog', () => appUrl(healthy, '/webhooks'), 'Rotate signing secret', click('Rotate secret')),
      view(
        'hook-secret-rotated',
        () => appUrl(healthy, '/webhooks'),
        'Your new signing secret',
        async (page) => {
          await click('Rotate secret')(page);
          await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
        },
      ),
      view('deliveries', () => appUrl(healthy, '/deliveries'), 'A post is created'),
      view('delivery-failed', () => appUrl(failing, '/deliveries'), /^Sends it again now/, openFirst),
      view(
        'delivery-refused',
        () => appUrl(failing, '/deliveries'),
        'Something went wrong',
        async (page) => {
          await openFirst(page);
          await click('Replay')(page);
        },
      ),
      view(
        'deliveries-no-match',
        () => appUrl(healthy, '/deliveries'),
        'No matching deliveries',
        async (page) => {
          await page.getByLabel('Status').selectOption({ label: 'Failed' });
        },
      ),
    ],
  };
}
