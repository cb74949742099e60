/** An admin finds the apps with access to customers, sees who connected them, and disconnects them. */
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

async function installed(name: string, scope: string): Promise<string> {
  const app = await bed.app({ name, declared_scopes: [scope] });
  return bed.api.install(app.account, app.redirectUri);
}

async function visitInstalls() {
  const visitor = await bed.browser.visitor();
  await visitor.visit(`${bed.stack.auth_server.http}/installs`, 'Tara Target');
  return visitor;
}

test('disconnects all apps with access to customers in five actions, and no other app', async () => {
  const tokens = [await installed('Reader one', 'customers:read'), await installed('Reader two', 'customers:read')];
  const other = await installed('Poster', 'posts:read');
  const visitor = await visitInstalls();
  const { page } = visitor;

  await page.getByLabel('With access to').selectOption('Read customer records');
  await expect.poll(() => page.getByRole('link', { name: 'Poster' }).count()).toBe(0);
  expect(await page.getByText('connected by Tara Target').count()).toBe(2);
  await page.getByLabel('Select all shown').check();
  await visitor.button('Disconnect 2 apps').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect 2 apps' }).click();

  const results = page.getByRole('region', { name: 'Disconnect results' });
  await expect.poll(() => results.getByText('Disconnected everywhere').count()).toBe(2);
  for (const token of tokens) expect(await bed.api.v3(token, '/api/v3/customers')).toBe(401);
  expect(await bed.api.v3(other)).toBe(200);
  await page.getByText('No matching apps').waitFor();
  expect(visitor.problems).toEqual([]);
});

test('says why an app was not disconnected, and tries it again', async () => {
  const token = await installed('Stubborn', 'posts:read');
  const visitor = await visitInstalls();
  const { page } = visitor;
  await page.route('**/*InstallService/Disconnect', (route) => route.abort(), { times: 1 });
  await page.getByLabel('Select Stubborn').check();
  await visitor.button('Disconnect 1 app').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect 1 app' }).click();
  const results = page.getByRole('region', { name: 'Disconnect results' });
  await results.getByText("FeatureOS can't be reached").waitFor();
  expect(await bed.api.v3(token)).toBe(200);
  await results.getByRole('button', { name: 'Try again' }).click();
  await results.getByText('Disconnected everywhere').waitFor();
  expect(await bed.api.v3(token)).toBe(401);
});

test('exports the apps that match the filters as CSV, without formulas', async () => {
  await installed('=SUM(1)', 'member:read');
  const visitor = await visitInstalls();
  const { page } = visitor;
  await page.getByLabel('App, developer or admin').fill('=sum');
  await expect.poll(() => page.getByRole('checkbox', { name: /^Select / }).count()).toBe(2);
  const [download] = await Promise.all([page.waitForEvent('download'), visitor.button('Export CSV').click()]);
  const lines = (await text(await download.createReadStream())).split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^'=SUM\(1\),foapp_\w+,.*,member:read,Connected,Tara Target,/);
  expect(visitor.problems).toEqual([]);
});
