/** An admin filters the installed apps, disconnects several at once and exports the list. */
import { text } from 'node:stream/consumers';
import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { InstallOrder } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

async function installed(name: string, scope: string): Promise<string> {
  const app = await bed.app({ name, declared_scopes: [scope] });
  return bed.api.install(app.account, app.redirectUri);
}

/** Includes “Select all shown”. */
const checkboxesOf = (page: Page) => page.getByRole('checkbox', { name: /^Select / });

const visitInstalls = () => bed.visit('/installs', 'Tara Target');

const DISCONNECT = '**/*InstallService/Disconnect';

const resultsOf = (page: Page) => page.getByRole('region', { name: 'Disconnect results' });

/** The label of the element with the focus. */
const focused = (page: Page) => page.evaluate<string | null>("document.activeElement?.getAttribute('aria-label')");

async function confirm(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
  await page.getByRole('dialog').getByRole('button', { name }).click();
}

test('disconnects all apps with access to customers, and no other app', async () => {
  const tokens = [await installed('Reader one', 'customers:read'), await installed('Reader two', 'customers:read')];
  const other = await installed('Poster', 'posts:read');
  const visitor = await visitInstalls();
  const { page } = visitor;

  await page.getByLabel('With access to').selectOption('Read customer records');
  await expect.poll(() => page.getByRole('link', { name: 'Poster' }).count()).toBe(0);
  await expect.poll(() => page.getByText(/connected .* by Tara Target/).count()).toBe(2);
  await page.getByLabel('Select all shown').check();
  await confirm(page, 'Disconnect 2 apps');

  const results = resultsOf(page);
  await expect.poll(() => results.getByText('Disconnected everywhere').count()).toBe(2);
  for (const token of tokens) expect(await bed.api.v3(token, '/api/v3/customers')).toBe(401);
  expect(await bed.api.v3(other)).toBe(200);
  await page.getByText('No matching apps').waitFor();
  expect(await focused(page)).toBe('Disconnect results');
  expect(visitor.problems).toEqual([]);
});

test('keeps the filter on the way to an app and back, and after a reload', async () => {
  await installed('Kept', 'customers:write');
  await installed('Hidden', 'posts:read');
  const { page } = await visitInstalls();
  const isFiltered = async () => {
    await page.getByRole('link', { name: 'Kept', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Hidden', exact: true }).count()).toBe(0);
    expect(await page.getByLabel('With access to').inputValue()).toBe('customers:write');
  };
  await page.getByLabel('With access to').selectOption('customers:write');
  await page.getByLabel('Sort by').selectOption('Name');
  await expect.poll(() => page.getByRole('link', { name: 'Hidden', exact: true }).count()).toBe(0);
  // An arrow precedes the name of the link.
  const backLink = page.getByRole('main').getByRole('link', { name: /Installed apps$/ });
  for (const goBack of [() => page.goBack(), () => backLink.click()]) {
    await page.getByRole('link', { name: 'Kept', exact: true }).click();
    await page.getByRole('heading', { name: 'Kept', exact: true }).waitFor();
    await goBack();
    await isFiltered();
  }
  await page.reload();
  await isFiltered();
  expect(await page.getByLabel('Sort by').inputValue()).toBe(String(InstallOrder.APP_NAME));
  // This link leads to the list without a filter.
  await page.getByRole('banner').getByRole('link', { name: 'Installed apps', exact: true }).click();
  await page.getByRole('link', { name: 'Hidden', exact: true }).waitFor();
});

test('shows why an app was not disconnected, and retries', async () => {
  const token = await installed('Stubborn', 'posts:read');
  const visitor = await visitInstalls();
  const { page } = visitor;
  await page.route(DISCONNECT, (route) => route.abort(), { times: 1 });
  await page.getByLabel('Select Stubborn').check();
  await confirm(page, 'Disconnect 1 app');
  const results = resultsOf(page);
  await results.getByText("FeatureOS can't be reached").waitFor();
  expect(await bed.api.v3(token)).toBe(200);
  await results.getByRole('button', { name: 'Try again' }).click();
  await results.getByText('Disconnected everywhere').waitFor();
  expect(await focused(page)).toBe('Disconnect results');
  expect(await bed.api.v3(token)).toBe(401);
});

test('keeps the results of an earlier disconnect while more apps are disconnected', async () => {
  await installed('Earlier', 'posts:read');
  await installed('Later', 'posts:read');
  const { page } = await visitInstalls();
  const resultOf = (name: string) => resultsOf(page).getByRole('listitem').filter({ hasText: name });
  for (const name of ['Earlier', 'Later']) {
    await page.getByLabel(`Select ${name}`).check();
    await confirm(page, 'Disconnect 1 app');
    await resultOf(name).getByText('Disconnected everywhere').waitFor();
  }
  expect(await resultOf('Earlier').count()).toBe(1);
});

test('sends at most four disconnects at a time, and reads the list again once', async () => {
  for (let number = 1; number <= 6; number++) await installed(`Bulk ${number}`, 'votes:read');
  const { page } = await visitInstalls();
  await page.getByLabel('App, developer or admin').fill('bulk');
  await expect.poll(() => checkboxesOf(page).count()).toBe(7);
  const held: Route[] = [];
  await page.route(DISCONNECT, (route) => void held.push(route));
  let lists = 0;
  page.on('request', (request) => {
    if (request.url().includes('ListInstalls')) lists++;
  });
  await page.getByLabel('Select all shown').check();
  await confirm(page, 'Disconnect 6 apps');
  await expect.poll(() => held.length).toBe(4);
  await held[0]?.continue();
  await resultsOf(page).getByText('Disconnected everywhere').waitFor();
  await expect.poll(() => held.length).toBe(5);
  for (const route of held.slice(1)) await route.continue();
  await expect.poll(() => held.length).toBe(6);
  expect(lists).toBe(0);
  await held[5]?.continue();
  await page.getByText('No matching apps').waitFor();
  expect(lists).toBe(1);
  expect(await resultsOf(page).getByText('Disconnected everywhere').count()).toBe(6);
});

test('exports the apps that match the filters as CSV, without formulas', async () => {
  await installed('=SUM(1)', 'member:read');
  const visitor = await visitInstalls();
  const { page } = visitor;
  await page.getByLabel('App, developer or admin').fill('=sum');
  await expect.poll(() => checkboxesOf(page).count()).toBe(2);
  const [download] = await Promise.all([page.waitForEvent('download'), visitor.button('Export CSV').click()]);
  const lines = (await text(await download.createReadStream())).split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^'=SUM\(1\),foapp_\w+,.*,member:read,Connected,Tara Target,/);
  expect(visitor.problems).toEqual([]);
});
