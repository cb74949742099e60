/** Lists with several pages. */
import { expect, test } from 'vitest';
import { HOOLI } from './support/api.ts';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();
const PER_PAGE = 30;

test('loads more apps with “Show more”', async () => {
  const fields = { redirect_uris: ['https://many.example/callback'], declared_scopes: ['posts:read'] };
  for (let index = 0; index <= PER_PAGE; index++) await bed.api.register({ ...fields, name: `Many ${index}` }, HOOLI);
  const visitor = await bed.visit('/apps/hooli', 'Paula Plural');
  const { page } = visitor;
  const rows = page.getByRole('listitem');
  await expect.poll(() => rows.count()).toBe(PER_PAGE);
  await visitor.button('Show more').click();
  await expect.poll(() => rows.count()).toBe(PER_PAGE + 1);
  expect(await visitor.button('Show more').count()).toBe(0);
  expect(visitor.problems).toEqual([]);
});

test('finds one of many organizations by a part of its name, and connects the app to it', async () => {
  const app = await bed.app({ name: 'Wide' });
  const visitor = await bed.openConsentPage(app, 'Mona Many');
  const { page } = visitor;
  const organizations = page.getByRole('radio');
  await expect.poll(() => organizations.count()).toBeGreaterThan(5);
  expect(await page.getByLabel('Oak Studio').count()).toBe(0);

  await page.getByLabel('Find an organization').fill('labs');
  await expect.poll(() => page.getByLabel('Elm Studio').count()).toBe(0);
  await visitor.button('Show more').click();
  await expect.poll(() => organizations.count()).toBe(10);

  await page.getByLabel('Find an organization').fill('oak st');
  await page.getByLabel('Oak Studio').check();
  await page.getByLabel('Find an organization').fill('elm');
  await page.getByLabel('Elm Labs').waitFor();
  expect(await page.getByLabel('Oak Studio').isChecked()).toBe(true);
  await visitor.connect();
  expect(await bed.api.organizationOf(app.accessToken)).toBe('oak-studio');
  expect(visitor.problems).toEqual([]);
});
