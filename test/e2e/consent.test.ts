/** The consent page: its choices, and who can make them. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

const EVERYTHING = {
  declared_scopes: ['posts:read', 'posts:write', 'customers:read', 'webhooks:manage'],
  webhook_url: 'https://hooks.example/in',
  subscribed_webhook_events: ['post_created', 'post_updated'],
};

test('single permissions and events can be declined', async () => {
  const app = await bed.app({ name: 'Narrowed', ...EVERYTHING });
  const visitor = await bed.openConsentPage(app);
  const { page } = visitor;
  expect(await page.getByText('Personal data').count()).toBe(1);
  await page.getByLabel('Create, change, delete and assign posts').uncheck();
  await page.getByLabel('Read customer records').uncheck();
  await page.getByLabel('A post is updated').uncheck();
  await page.getByText('2 of 4 permissions').waitFor();
  await visitor.connect();
  expect(app.callbacks[0]?.tokens?.scope).toBe('posts:read webhooks:manage');
  expect((await bed.api.installOf(app.account)).granted_webhook_events).toEqual(['post_created']);
  expect(await bed.api.v3(app.accessToken)).toBe(200);
  expect(await bed.api.v3(app.accessToken, '/api/v3/customers')).toBe(403);
});

test('an app cannot be connected without a permission', async () => {
  const app = await bed.app({ name: 'Nothing', declared_scopes: ['posts:read'] });
  const visitor = await bed.openConsentPage(app);
  const { page } = visitor;
  await page.getByLabel('Read posts and their details').uncheck();
  await page.getByText('Select at least one permission, or decline.').waitFor();
  expect(await page.getByRole('button', { name: 'Connect' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('button', { name: 'Connect' }).click({ force: true });
  // The click was ignored: the choices can still be changed, the app gets one code only, and no request has failed.
  await page.getByLabel('Read posts and their details').check();
  await visitor.connect();
  expect(app.callbacks).toHaveLength(1);
  expect(app.callbacks[0]?.tokens?.scope).toBe('posts:read');
  expect(visitor.problems).toEqual([]);
});

test('hides the events if the permission to receive them is declined', async () => {
  const app = await bed.app({ name: 'Eventless', ...EVERYTHING });
  const { page } = await bed.openConsentPage(app);
  expect(await page.getByLabel('A post is created').count()).toBe(1);
  await page.getByLabel('Register a webhook URL and receive events').uncheck();
  expect(await page.getByLabel('A post is created').count()).toBe(0);
});

test('if the app is already installed, shows what the choices would change', async () => {
  const app = await bed.app({ name: 'Again' });
  await bed.api.install(app.account, app.redirectUri, { scope: 'posts:read comments:read' });
  app.request = { actor: 'self', scope: 'posts:read posts:write' };
  const visitor = await bed.openConsentPage(app);
  const { page } = visitor;
  const notice = page.getByRole('status').filter({ hasText: 'Again is already connected to Globex Corporation' });
  expect(await notice.innerText()).toMatch(/Acts as\s+you instead of a bot/);
  expect(await notice.innerText()).toMatch(/Added\s+Create, change, delete and assign posts/);
  expect(await notice.innerText()).toMatch(/Removed\s+Read comments/);

  await page.getByLabel('Create, change, delete and assign posts').uncheck();
  expect(await notice.innerText()).not.toMatch(/Added\s+Create/);
  await visitor.connect();
  expect(await bed.api.v3(app.accessToken, '/api/v3/comments')).toBe(403);
});

test('a user who is not an admin sees the admins to contact, and cannot connect the app', async () => {
  const app = await bed.app({ name: 'Forbidden' });
  const { page } = await bed.openConsentPage(app, 'Max Member');
  await page.getByText("You can't connect this app").waitFor();
  await page.getByText("You're a member here. Only admins can connect apps. Ask Tara Target.").waitFor();
  expect(await page.getByRole('button', { name: 'Connect' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('heading', { name: 'Not connected' }).waitFor();
  expect(app.callbacks[0]?.error).toBe('access_denied');
});

test('only organizations that the user administers can be chosen', async () => {
  const app = await bed.app({ name: 'Choosy' });
  const { page } = await bed.openConsentPage(app, 'Sofia Several');
  expect(await page.getByRole('radio', { name: 'Acme Inc' }).isDisabled()).toBe(true);
  expect(await page.getByRole('radio', { name: 'Initech' }).isChecked()).toBe(true);
  await page.getByText("You're a manager here. Only admins can connect apps. Ask Olga Owner.").waitFor();
});

test('a user with several organizations chooses one, and the app acts in it', async () => {
  const app = await bed.app({ name: 'Undecided' });
  const visitor = await bed.openConsentPage(app, 'Paula Plural');
  const { page } = visitor;
  await page.getByRole('heading', { name: 'Undecided wants to connect to your organization' }).waitFor();
  await page.getByText('Choose an organization to continue.').waitFor();
  expect(await page.getByRole('button', { name: 'Connect' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('radio', { name: 'Umbrella' }).check();
  await page.getByRole('heading', { name: 'Undecided wants to connect to Umbrella' }).waitFor();
  await visitor.connect();
  expect(await bed.api.organizationOf(app.accessToken)).toBe('umbrella');
});

test.each([
  ['tab', 'visibilitychange'],
  ['window', 'focus'],
] as const)('reloads if another %s has signed in as another user', async (_, event) => {
  const app = await bed.app({ name: 'Overtaken' });
  app.request = { actor: 'self' };
  const visitor = await bed.openConsentPage(app);
  await visitor.page.getByText('You, Tara Target').waitFor();
  const otherTab = await visitor.anotherTab();
  await otherTab.visit('/sign-in', 'Sofia Several');
  await visitor.returnToPage(event);
  await visitor.page.getByText('You, Sofia Several').waitFor();
});

test('explains whether the app acts as a bot or as the user', async () => {
  const app = await bed.app({ name: 'Actor' });
  const { page } = await bed.openConsentPage(app);
  await page.getByText('A bot').waitFor();
  app.request = { actor: 'self' };
  await page.goto(await app.authorizationUrl());
  await page.getByText('You, Tara Target').waitFor();
});
