/** The organization search on the consent page. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { expectAccessibleInEveryVariant } from './support/test-views.ts';
import type { Person } from './support/visitor.ts';

const bed = e2eBed();
const SEARCH = 'Find an organization';
const openConsentPage = async (person: Person = 'Mona Many') =>
  bed.openConsentPage(await bed.app({ name: 'Wide' }), person);

test('finds and chooses an organization with the keyboard', async () => {
  const { page } = await openConsentPage();
  await page.getByLabel(SEARCH).focus();
  await page.keyboard.type('OAK-ST');
  await expect.poll(() => page.getByRole('radio').count()).toBe(1);
  await page.getByRole('status').filter({ hasText: '1 organization shown' }).waitFor({ state: 'attached' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
});

test('the chosen organization stays visible if nothing is found, and % is not a wildcard', async () => {
  const visitor = await openConsentPage();
  const { page } = visitor;
  await page.getByLabel(SEARCH).fill('oak st');
  await page.getByLabel('Oak Studio').check();
  await expectAccessibleInEveryVariant(visitor, 'consent-organization-found');
  await page.getByLabel(SEARCH).fill('%');
  await page.getByText('No organization matches “%”').waitFor();
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
  await expectAccessibleInEveryVariant(visitor, 'consent-organization-chosen-before');
  expect(visitor.problems).toEqual([]);
});

test('a failed search shows an error, keeps the choice and can be retried', async () => {
  const { page } = await openConsentPage();
  await page.getByLabel(SEARCH).fill('oak st');
  await page.getByLabel('Oak Studio').check();
  const searchUrl = '**/featureos.oauth.v1.ConsentService/GetAuthorizationRequest';
  await page.route(searchUrl, (route) =>
    route.fulfill({ status: 400, json: { code: 'invalid_argument', message: 'no' } }),
  );
  await page.getByLabel(SEARCH).fill('elm st');
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
  await page.unroute(searchUrl);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByLabel('Elm Studio').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('an organization whose policy refuses the app is found, with the reason and a link to the policy', async () => {
  const app = await bed.app({ name: 'Nosy' });
  const visitor = await bed.browser.visitor();
  const { page } = visitor;
  await visitor.visit('/installs/oak-studio/policy', 'Mona Many');
  await page
    .getByRole('group', { name: 'Blocked apps' })
    .getByLabel('Add an app by its client ID')
    .fill(app.account.clientId);
  await visitor.button('Save changes').click();
  await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor();

  await page.goto(await app.authorizationUrl());
  await page.getByLabel(SEARCH).fill('oak st');
  await page.getByText('Oak Studio has blocked this app.').waitFor();
  await page.getByRole('link', { name: 'Change the install policy of Oak Studio' }).waitFor();
  await expectAccessibleInEveryVariant(visitor, 'consent-organization-found-refused');
});

test('a short list has no search', async () => {
  const { page } = await openConsentPage('Paula Plural');
  await expect.poll(() => page.getByRole('radio').count()).toBe(2);
  expect(await page.getByLabel(SEARCH).count()).toBe(0);
});
