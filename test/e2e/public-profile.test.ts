/** The public profile of an app: in the console and on the consent page. */
import { expect, test } from 'vitest';
import { colorPng } from '../support/images.ts';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

const LOGO = colorPng(64, (x) => [x * 4, 90, 160]);
const file = (buffer: Buffer) => ({ name: 'logo.png', mimeType: 'image/png', buffer });

test('an uploaded logo is shown in the console and on the consent page, and can be removed', async () => {
  const app = await bed.app({ name: 'Pictured' });
  const owner = await bed.visit(`/apps/acme/${app.account.clientId}/edit`, 'Olga Owner');
  const logoPanel = owner.page.getByRole('region', { name: 'Logo' });
  expect(await logoPanel.locator('img').count()).toBe(0);
  await owner.page.getByLabel('Logo file').setInputFiles(file(LOGO));
  await logoPanel.locator('img').waitFor();
  await owner.button('Remove').waitFor();

  const admin = await bed.openConsentPage(app);
  const width = () => admin.page.evaluate<number>('document.querySelector("main img").naturalWidth');
  // The server converts every logo to 256 x 256 pixels.
  await expect.poll(width).toBe(256);

  await owner.button('Remove').click();
  await owner.button('Upload logo').waitFor();
  expect(await logoPanel.locator('img').count()).toBe(0);
  expect([...owner.problems, ...admin.problems]).toEqual([]);
});

test('a logo that cannot be loaded is replaced by the initial of the app', async () => {
  const app = await bed.app({ name: 'Vanished' });
  await bed.api.putLogo(app.account, LOGO);
  const { page } = await bed.openConsentPage(app);
  await page.route('**/app-logos/*', (route) => route.fulfill({ status: 404 }));
  await page.goto(await app.authorizationUrl());
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expect.poll(() => page.locator('main img').count()).toBe(0);
  expect(await page.locator('.introduction .monogram').first().innerText()).toBe('V');
});

test('a file that is too large is refused without sending it', async () => {
  const app = await bed.app({ name: 'Heavy' });
  const { page, problems } = await bed.visit(`/apps/acme/${app.account.clientId}/edit`, 'Olga Owner');
  await page.getByLabel('Logo file').setInputFiles(file(Buffer.alloc(1024 * 1024 + 1)));
  await page.getByText('must be 1 MB or smaller').waitFor();
  expect(problems).toEqual([]);
});

test('the links of an app show their host, and open without a referrer or an opener', async () => {
  const app = await bed.app({
    name: 'Linked',
    description: '<b>Free</b> {organization} {{7*7}}',
    homepage_url: 'https://linked.example/about',
    support_address: 'help@linked.example',
  });
  const { page } = await bed.openConsentPage(app);
  await page.getByText('<b>Free</b> {organization} {{7*7}}').waitFor();
  const website = page.getByRole('link', { name: 'Website' });
  expect(await website.getAttribute('href')).toBe('https://linked.example/about');
  expect(await website.getAttribute('rel')).toBe('noopener noreferrer nofollow');
  expect(await page.getByRole('listitem').filter({ has: website }).innerText()).toBe('Website linked.example');
  expect(await page.getByRole('link', { name: 'Support' }).getAttribute('href')).toBe('mailto:help@linked.example');
  expect(await page.getByRole('link', { name: 'Privacy policy' }).count()).toBe(0);
});

test('shows whether the app is verified, and that it is not after a change by its owner', async () => {
  const app = await bed.app({ name: 'Reviewed' });
  const { page } = await bed.openConsentPage(app);
  await page
    .getByText("FeatureOS hasn't verified who built this app. Only connect it if you trust Acme Inc.")
    .waitFor();
  await bed.api.verify(app.account);
  await page.reload();
  await page.getByText('FeatureOS has verified that Acme Inc built this app.').waitFor();
  await bed.api.putLogo(app.account, LOGO);
  await page.reload();
  await page.getByText("FeatureOS hasn't verified who built this app.").waitFor();
});

test('lists what the app cannot do, and what the user does not grant', async () => {
  const app = await bed.app({ name: 'Limited', declared_scopes: ['posts:read', 'posts:write', 'customers:read'] });
  const { page } = await bed.openConsentPage(app);
  const list = page.getByRole('region', { name: "The app won't be able to" });
  const phrases = async () => (await list.getByRole('listitem').allInnerTexts()).slice(0, 3);
  expect(await phrases()).toEqual([
    'Change customers',
    'See or change members of your organization',
    'See or change comments',
  ]);
  await page.getByLabel('Read customer records').uncheck();
  await page.getByLabel('Create, change, delete and assign posts').uncheck();
  expect(await phrases()).toEqual([
    'See or change customers',
    'See or change members of your organization',
    'Change posts',
  ]);
  await list.getByText('See your password').waitFor();
});
