import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import { type ReceivingApp, receivingApps } from './receiving-app.ts';
import type { Scene } from './test-views.ts';
import type { View } from './views.ts';

/** The one view that holds an error of the server's. */
const REFUSED_REPLAY = 'delivery-refused';
const PROSE = 'The receiver is out of order, and says so in more words than anybody would want to read.\n'.repeat(12);

/** The webhook pages of an app whose receiver answers, and of one whose receiver has failed for too long. */
export function webhookScene(bed: Bed): Scene {
  const make = receivingApps(bed);
  let fine: ReceivingApp;
  let broken: ReceivingApp;
  const view = (name: string, address: () => string, shows: View['shows'], reach?: View['reach']): View => ({
    name,
    person: 'Olga Owner',
    address,
    shows,
    ...(reach && { reach }),
    isRefused: name === REFUSED_REPLAY,
  });
  const at = ({ app }: ReceivingApp, part = '') =>
    `${bed.stack.auth_server.http}/apps/acme/${app.account.clientId}${part}`;
  const click = (name: string) => (page: Page) => page.getByRole('button', { name }).first().click();
  const openFirst = (page: Page) => page.locator('summary').first().click();
  return {
    async prepare() {
      fine = await make('Listening');
      await fine.publish();
      await fine.receiver.gets(2);
      broken = await make('Out of order');
      await broken.receiver.gets(1);
      broken.receiver.answer(503, PROSE);
      await broken.publish();
      await broken.exhaust();
    },
    views: [
      view('hook-disabled', () => at(broken), /^1 hook is disabled/),
      view('hooks', () => at(broken, '/webhooks'), /three retries/),
      view('hook-enable-dialog', () => at(broken, '/webhooks'), 'Enable this hook?', click('Enable')),
      view('hook-rotate-dialog', () => at(fine, '/webhooks'), 'Rotate signing secret', click('Rotate secret')),
      view(
        'hook-secret-rotated',
        () => at(fine, '/webhooks'),
        'Your new signing secret',
        async (page) => {
          await click('Rotate secret')(page);
          await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
        },
      ),
      view('deliveries', () => at(fine, '/deliveries'), 'A post is created'),
      view('delivery-failed', () => at(broken, '/deliveries'), /^Sends it again now/, openFirst),
      view(
        'delivery-refused',
        () => at(broken, '/deliveries'),
        'Something went wrong',
        async (page) => {
          await openFirst(page);
          await click('Replay')(page);
        },
      ),
      view(
        'deliveries-no-match',
        () => at(fine, '/deliveries'),
        'No matching deliveries',
        async (page) => {
          await page.getByLabel('Status').selectOption({ label: 'Failed' });
        },
      ),
    ],
  };
}
