/** The search of somebody who belongs to many organizations: by keyboard, in an outage, and with nothing found. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { expectGoodInEveryLook } from './support/test-views.ts';
import type { Person } from './support/visitor.ts';

const bed = e2eBed();
const SEARCH = 'Find an organization';

test('the keyboard alone finds an organization and chooses it', async () => {
  const { page } = await asking();
  await page.getByLabel(SEARCH).focus();
  await page.keyboard.type('OAK-ST');
  await expect.poll(() => page.getByRole('radio').count()).toBe(1);
  await page.getByRole('status').filter({ hasText: '1 organization shown' }).waitFor({ state: 'attached' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
});

test('what is chosen stays in sight while nothing else is found, and a % is a character like others', async () => {
  const visitor = await asking();
  const { page } = visitor;
  await page.getByLabel(SEARCH).fill('oak st');
  await page.getByLabel('Oak Studio').check();
  await expectGoodInEveryLook(visitor, 'consent-organization-found');
  await page.getByLabel(SEARCH).fill('%');
  await page.getByText('No organization matches “%”').waitFor();
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
  await expectGoodInEveryLook(visitor, 'consent-organization-chosen-before');
  expect(visitor.troubles).toEqual([]);
});

test('a failed search is said, leaves the choice alone and can be tried again', async () => {
  const { page } = await asking();
  await page.getByLabel(SEARCH).fill('oak st');
  await page.getByLabel('Oak Studio').check();
  const calls = '**/featureos.oauth.v1.ConsentService/GetAuthorizationRequest';
  await page.route(calls, (route) => route.fulfill({ status: 400, json: { code: 'invalid_argument', message: 'no' } }));
  await page.getByLabel(SEARCH).fill('elm st');
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
  await page.unroute(calls);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByLabel('Elm Studio').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('a list that fits has no search', async () => {
  const { page } = await asking('Paula Plural');
  await expect.poll(() => page.getByRole('radio').count()).toBe(2);
  expect(await page.getByLabel(SEARCH).count()).toBe(0);
});

/** Somebody whom an app has just sent to the consent page. */
async function asking(person: Person = 'Mona Many') {
  const app = await bed.app({ name: 'Wide' });
  app.request = { actor: 'app' };
  const visitor = await bed.browser.visitor();
  await visitor.visit(await app.authorizationUrl(), person);
  return visitor;
}
