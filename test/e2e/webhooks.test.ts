/** Webhooks in the developer console: recovery after an outage of the receiver, and a test event. */
import { expect, test } from 'vitest';
import { verify } from '../support/receiver.ts';
import { e2eBed } from './support/bed.ts';
import { receivingApps } from './support/receiving-app.ts';

const bed = e2eBed();
const make = receivingApps(bed);
const TYPE = 'changelog_published';
const hasTestType = ({ event }: { event: { type: string } }) => event.type === TYPE;

test('enables a disabled hook, rotates its secret and replays failed and cancelled deliveries', async () => {
  const { app, receiver, publish, exhaustRetries } = await make('Recovered', TYPE);
  await receiver.waitFor(1); // app_installed
  receiver.respondWith(503, 'out of order');
  await publish();
  await exhaustRetries();
  const visitor = await bed.visit(`/apps/acme/${app.account.clientId}`, 'Olga Owner');
  const { page } = visitor;
  const hook = page.getByRole('listitem').filter({ hasText: 'Hook ID' }).filter({ hasText: 'Globex Corporation' });

  // While a hook is disabled, every view of the app has a notice with a link to the hooks.
  await page.getByText('1 hook is disabled and receives no events').waitFor();
  await publish();
  await page.getByRole('link', { name: 'View hooks' }).click();
  await hook.getByRole('button', { name: 'Enable' }).click();
  const dialog = page.getByRole('dialog', { name: 'Enable this hook?' });
  expect(await dialog.innerText()).toContain(receiver.url);
  await dialog.getByRole('button', { name: 'Enable hook' }).click();
  await hook.getByText('Enabled', { exact: true }).waitFor();
  await expect.poll(() => page.getByText('1 hook is disabled').count()).toBe(0);

  await hook.getByRole('button', { name: 'Rotate secret' }).click();
  await page.getByLabel('Current secret expires').selectOption({ label: 'Immediately' });
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
  const secret = await hook.getByText(/^whsec_/).innerText();

  // Failed and cancelled deliveries are sent only when they are replayed.
  receiver.respondWith(204);
  const sent = receiver.received.filter(hasTestType).length;
  const [failed] = receiver.received.filter(hasTestType);
  await page.getByRole('link', { name: 'Deliveries' }).click();
  for (const [status, count] of [
    ['Failed', 1],
    ['Cancelled', 2],
  ] as const) {
    await page.getByLabel('Status').selectOption({ label: status });
    const row = page.getByRole('group').filter({ hasText: TYPE }).filter({ hasText: status });
    await row.locator('summary').click();
    expect(receiver.received.filter(hasTestType)).toHaveLength(sent + count - 1);
    await row.getByRole('button', { name: 'Replay' }).click();
    await receiver.waitFor(sent + count, hasTestType);
  }
  const [again, cancelled] = receiver.received.filter(hasTestType).slice(sent);
  expect(again).toMatchObject({ id: failed?.id, body: failed?.body });
  expect(cancelled?.id).not.toBe(failed?.id);
  for (const received of [again, cancelled]) expect(verify(secret, received as never)).toEqual(received?.event);

  // Without this filter the page polls until the outcomes are recorded, which is after the receiver has responded.
  await page.getByLabel('Status').selectOption({ label: 'Any' });
  const succeeded = page.locator('summary', { hasText: TYPE }).filter({ hasText: 'Succeeded' });
  await expect.poll(() => succeeded.count()).toBe(2);
  await page.getByLabel('Status').selectOption({ label: 'Succeeded' });
  await expect.poll(() => page.locator('summary', { hasText: TYPE }).count()).toBe(2);
  expect(await page.locator('summary', { hasText: '5 attempts' }).count()).toBe(1);

  // New events are delivered automatically again.
  await publish();
  await receiver.waitFor(sent + 3, hasTestType);
  await page.reload();
  await expect.poll(() => page.locator('summary', { hasText: TYPE }).count()).toBe(3);
  expect(visitor.problems).toEqual([]);
});

test('sends a test event to the app, and shows its delivery with the response', async () => {
  const { app, receiver } = await make('Tested', 'post_updated');
  await receiver.waitFor(1); // app_installed
  const visitor = await bed.visit(`/apps/acme/${app.account.clientId}/deliveries`, 'Olga Owner');
  const { page } = visitor;

  await page.getByLabel('Test event').selectOption({ label: 'post_updated' });
  await page.getByRole('button', { name: 'Send test event' }).click();
  await page.getByText('Test event queued').waitFor();
  await receiver.waitFor(1, ({ event }) => event.type === 'post_updated');
  const [received] = receiver.received.filter(({ event }) => event.type === 'post_updated');
  expect(received?.event).toMatchObject({ data: { test: true } });

  const row = page.getByRole('group').filter({ hasText: 'post_updated' }).filter({ hasText: 'Succeeded' });
  await row.locator('summary').click();
  await row.getByText('204').first().waitFor();
  expect(visitor.problems).toEqual([]);
});
