/** What an admin decides on the consent page, down to single permissions. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import type { Person } from './support/visitor.ts';

const bed = e2eBed();

const EVERYTHING = {
  declared_scopes: ['posts:read', 'posts:write', 'customers:read', 'webhooks:manage'],
  webhook_url: 'https://hooks.example/in',
  subscribed_webhook_events: ['post_created', 'post_updated'],
};

test('single permissions and events can be declined', async () => {
  const app = await bed.app({ name: 'Narrowed', ...EVERYTHING });
  app.request = { actor: 'app' };
  const { page } = await connecting(await app.authorizationUrl());
  expect(await page.getByText('Personal data').count()).toBe(1);
  await page.getByLabel('Create, change, delete and assign posts').uncheck();
  await page.getByLabel('Read customer records').uncheck();
  await page.getByLabel('A post is updated').uncheck();
  await page.getByText('2 of 4 permissions').waitFor();
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('heading', { name: 'Connected' }).waitFor();

  const token = app.outcomes[0]?.tokens?.access_token ?? '';
  expect(await bed.api.v3(token)).toBe(200);
  expect(await bed.api.v3(token, '/api/v3/customers')).toBe(403);
});

test('without any permission there is nothing to approve', async () => {
  const app = await bed.app({ name: 'Nothing', declared_scopes: ['posts:read'] });
  app.request = { actor: 'app' };
  const { page, troubles } = await connecting(await app.authorizationUrl());
  await page.getByLabel('Read posts and their details').uncheck();
  await page.getByText('Select at least one permission, or decline.').waitFor();
  expect(await page.getByRole('button', { name: 'Connect' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('button', { name: 'Connect' }).click({ force: true });
  expect(app.outcomes).toEqual([]);
  expect(troubles).toEqual([]);
});

test('events go with the permission to receive them', async () => {
  const app = await bed.app({ name: 'Eventless', ...EVERYTHING });
  app.request = { actor: 'app' };
  const { page } = await connecting(await app.authorizationUrl());
  expect(await page.getByLabel('A post is created').count()).toBe(1);
  await page.getByLabel('Register a webhook URL and receive events').uncheck();
  expect(await page.getByLabel('A post is created').count()).toBe(0);
});

test('a re-install shows what it changes, as it is chosen', async () => {
  const app = await bed.app({ name: 'Again' });
  await bed.api.install(app.account, app.redirectUri, { scope: 'posts:read comments:read' });
  app.request = { actor: 'self', scope: 'posts:read posts:write' };
  const { page } = await connecting(await app.authorizationUrl());
  const notice = page.getByRole('status').filter({ hasText: 'Again is already connected to Globex Corporation' });
  expect(await notice.innerText()).toMatch(/Acts as\s+you instead of a bot/);
  expect(await notice.innerText()).toMatch(/Added\s+Create, change, delete and assign posts/);
  expect(await notice.innerText()).toMatch(/Removed\s+Read comments/);

  await page.getByLabel('Create, change, delete and assign posts').uncheck();
  expect(await notice.innerText()).not.toMatch(/Added\s+Create/);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('heading', { name: 'Connected' }).waitFor();
  expect(await bed.api.v3(app.outcomes[0]?.tokens?.access_token ?? '', '/api/v3/comments')).toBe(403);
});

test('somebody who is no admin is told whom to ask, and can only decline', async () => {
  const app = await bed.app({ name: 'Forbidden' });
  app.request = { actor: 'app' };
  const { page } = await connecting(await app.authorizationUrl(), 'Max Member');
  await page.getByText("You can't connect this app").waitFor();
  await page.getByText("You're a member here. Only admins can connect apps. Ask Tara Target.").waitFor();
  expect(await page.getByRole('button', { name: 'Connect' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('heading', { name: 'Not connected' }).waitFor();
  expect(app.outcomes[0]?.error).toBe('access_denied');
});

test('only organizations where one may install can be chosen', async () => {
  const app = await bed.app({ name: 'Choosy' });
  app.request = { actor: 'app' };
  const { page } = await connecting(await app.authorizationUrl(), 'Sofia Several');
  expect(await page.getByRole('radio', { name: 'Acme Inc' }).isDisabled()).toBe(true);
  expect(await page.getByRole('radio', { name: 'Initech' }).isChecked()).toBe(true);
  await page.getByText("You're a manager here. Only admins can connect apps. Ask Olga Owner.").waitFor();
});

test('among several organizations the person chooses, and the app acts in that one', async () => {
  const app = await bed.app({ name: 'Undecided' });
  app.request = { actor: 'app' };
  const { page } = await connecting(await app.authorizationUrl(), 'Paula Plural');
  await page.getByRole('heading', { name: 'Undecided wants to connect to your organization' }).waitFor();
  await page.getByText('Choose an organization to continue.').waitFor();
  expect(await page.getByRole('button', { name: 'Connect' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('radio', { name: 'Umbrella' }).check();
  await page.getByRole('heading', { name: 'Undecided wants to connect to Umbrella' }).waitFor();
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('heading', { name: 'Connected' }).waitFor();
  expect(await bed.api.organizationOf(app.outcomes[0]?.tokens?.access_token ?? '')).toBe('umbrella');
});

test('a page that was shown to one person is not decided by another who signed in beside it', async () => {
  const app = await bed.app({ name: 'Overtaken' });
  app.request = { actor: 'self' };
  const visitor = await bed.browser.visitor();
  await visitor.visit(await app.authorizationUrl(), 'Tara Target');
  await visitor.page.getByText('You, Tara Target').waitFor();
  const beside = await visitor.anotherTab();
  await beside.visit(`${bed.stack.auth_server.http}/sign-in`, 'Sofia Several');
  await visitor.comeBack();
  await visitor.page.getByText('You, Sofia Several').waitFor();
});

test('the actor is explained: a bot that no role limits, or oneself and no more', async () => {
  const app = await bed.app({ name: 'Actor' });
  app.request = { actor: 'app' };
  const asBot = await connecting(await app.authorizationUrl());
  await asBot.page.getByText('A bot').waitFor();
  app.request = { actor: 'self' };
  await asBot.page.goto(await app.authorizationUrl());
  await asBot.page.getByText('You, Tara Target').waitFor();
});

async function connecting(address: string, person: Person = 'Tara Target') {
  const visitor = await bed.browser.visitor();
  await visitor.visit(address, person);
  return visitor;
}
