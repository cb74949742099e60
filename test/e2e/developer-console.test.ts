/** The developer console: registration, secrets, changes, "Try it", deletion, webhooks. */
import * as oauth from 'openid-client';
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import type { ThirdPartyApp } from './support/third-party-app.ts';

const bed = e2eBed();

const appPath = ({ account }: ThirdPartyApp, page = '') => `/apps/acme/${account.clientId}${page}`;

test('registers an app, with validation errors at the fields', async () => {
  const visitor = await bed.visit('/apps', 'Olga Owner');
  const { page } = visitor;
  await page.getByRole('link', { name: 'Register app' }).click();
  await page.getByLabel('Name').fill('Made by hand');
  await page.getByLabel('Redirect URIs').fill('http://app.example/callback');
  await visitor.button('Register app').click();
  await page.getByText(/^item 1 must be https/).waitFor();
  await page.getByLabel('Redirect URIs').fill('https://app.example/callback');
  await visitor.button('Register app').click();
  // The error of a group of checkboxes takes the focus.
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('must have at least one');
  await page.getByLabel('Redirect URIs').fill('http://app.example/callback');
  await page.getByLabel('Read posts and their details').check();
  await visitor.button('Register app').click();
  await page.getByText(/^item 1 must be https/).waitFor();
  expect(await page.getByLabel('Redirect URIs').getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByLabel('Name').inputValue()).toBe('Made by hand');

  await page.getByLabel('Redirect URIs').fill('https://app.example/callback\nhttp://localhost:4711/callback');
  await visitor.button('Register app').dblclick();
  await page.getByRole('heading', { name: 'Made by hand is registered' }).waitFor();
  const secret = await page.getByText(/^fosec_/).innerText();
  expect(secret).toMatch(/^fosec_[0-9A-Za-z]{38}$/);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy Environment variables', exact: true }).click();
  await page.getByRole('button', { name: 'Copied Environment variables', exact: true }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(
    new RegExp(`^export CLIENT_ID='foapp_\\w+'\nexport CLIENT_SECRET='${secret}'$`),
  );
  await page.getByRole('link', { name: 'Go to app' }).click();
  await page.getByText('http://localhost:4711/callback').waitFor();
  expect(await page.getByText(/fosec_/).count()).toBe(0);

  await page.getByRole('link', { name: 'Your apps' }).click();
  await page.getByRole('heading', { name: 'Your apps' }).waitFor();
  await expect.poll(() => page.getByRole('link', { name: 'Made by hand' }).count()).toBe(1);
});

test('rotates a secret with and without an overlap', async () => {
  const app = await bed.app({ name: 'Rotated' });
  const visitor = await bed.browser.visitor();
  const { page } = visitor;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await visitor.visit(appPath(app), 'Olga Owner');
  const rotate = async (overlap: string) => {
    await visitor.button('Rotate secret').click();
    await page.getByLabel('Current secret expires').selectOption({ label: overlap });
    const shown = await page.getByText(/^fosec_/).allInnerTexts();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    await expect.poll(async () => (await page.getByText(/^fosec_/).allInnerTexts()).join()).not.toBe(shown.join());
    return page.getByText(/^fosec_/).innerText();
  };
  const authenticates = (secret: string) => authenticatesWith(app.account.clientId, secret);

  const second = await rotate('In 1 hour');
  expect(await authenticates(app.account.clientSecret)).toBe(true);
  expect(await authenticates(second)).toBe(true);
  expect(await page.getByText(/^Expires /).count()).toBe(1);
  await page.getByRole('button', { name: 'Copy Client secret' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(second);

  const third = await rotate('Immediately');
  expect(await authenticates(app.account.clientSecret)).toBe(false);
  expect(await authenticates(second)).toBe(false);
  expect(await authenticates(third)).toBe(true);
  expect(visitor.problems).toEqual([]);
});

test('asks for confirmation before installs lose access', async () => {
  const app = await bed.app({ name: 'Shrinking' });
  const token = await bed.api.install(app.account, app.redirectUri);
  expect(await bed.api.v3(token, '/api/v3/comments')).toBe(200);
  const visitor = await bed.visit(appPath(app, '/edit'), 'Olga Owner');
  const { page } = visitor;
  await page.getByLabel('Name').fill('Shrunk');
  await visitor.button('Save changes').click();
  await page.getByText('The change is in effect everywhere.').waitFor();

  await page.getByLabel('Read comments').uncheck();
  await visitor.button('Save changes').click();
  const dialog = page.getByRole('dialog', { name: 'This removes access' });
  expect(await dialog.innerText()).toMatch(/1 install loses.*Read comments/s);
  await dialog.getByRole('button', { name: 'Remove access' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => bed.api.v3(token, '/api/v3/comments')).toBe(403);
});

test('“Try it” builds a working authorization link with PKCE', async () => {
  const app = await bed.app({ name: 'Tried', require_pkce: true });
  const visitor = await bed.visit(appPath(app, '/try'), 'Olga Owner');
  const { page } = visitor;
  await page.getByLabel('Read comments').uncheck();
  const verifier = await page.locator('.code-value', { hasText: 'code_verifier' }).locator('code').nth(0).innerText();
  const link = await page.getByRole('link', { name: 'Open in a new tab' }).getAttribute('href');

  const admin = await bed.visit(link ?? '', 'Tara Target');
  await admin.button('Connect').click();
  // The app did not start this request, so it rejects the callback and does not exchange the code.
  await admin.page.getByRole('heading', { name: 'Not connected' }).waitFor();
  const code = app.callbacks[0]?.query.get('code') ?? '';
  const response = await exchange(app, code, verifier);
  expect(response.scope).toBe('posts:read posts:write');
});

test('shows where an app is installed, and deletes it', async () => {
  const app = await bed.app({ name: 'Doomed' });
  const token = await bed.api.install(app.account, app.redirectUri);
  const visitor = await bed.visit(appPath(app, '/installs'), 'Olga Owner');
  const { page } = visitor;
  await page.getByText('Installed in 1 organization.').waitFor();
  await page.getByText('Globex Corporation').waitFor();

  await page.getByRole('link', { name: 'Overview' }).click();
  await visitor.button('Delete app').click();
  await page.getByText("It's disconnected from 1 organization").waitFor();
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete app' });
  expect(await confirm.getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('Type the app name to confirm').fill('Doomed');
  await confirm.click();
  await page.getByRole('heading', { name: 'Your apps' }).waitFor();
  expect(await bed.api.v3(token)).toBe(401);
  expect(await page.getByRole('link', { name: 'Doomed' }).count()).toBe(0);
  expect(visitor.problems).toEqual([]);
});

test('saves webhook settings if the app declares webhooks:manage', async () => {
  const without = await bed.app({ name: 'Silent' });
  const visitor = await bed.visit(appPath(without, '/webhooks'), 'Olga Owner');
  const { page } = visitor;
  await page.getByText("This app can't receive events").waitFor();

  const app = await bed.app({ name: 'Listening', declared_scopes: ['posts:read', 'webhooks:manage'] });
  await page.goto(appPath(app, '/webhooks'));
  await page.getByLabel('Webhook URL').fill('https://hooks.example/in');
  await page.getByLabel('A post is created').check();
  await visitor.button('Save changes').click();
  await page.getByText('The change is in effect everywhere.').waitFor();
  await page.reload();
  expect(await page.getByLabel('Webhook URL').inputValue()).toBe('https://hooks.example/in');
  expect(await page.getByLabel('A post is created').isChecked()).toBe(true);
  await page.getByRole('link', { name: 'Deliveries' }).click();
  await page.getByText('No deliveries yet').waitFor();
  expect(visitor.problems).toEqual([]);
});

async function authenticatesWith(clientId: string, secret: string): Promise<boolean> {
  const response = await fetch(`${bed.stack.auth_server.http}/oauth/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ token: 'foot_x' }),
  });
  await response.body?.cancel();
  return response.ok;
}

async function exchange({ account, redirectUri }: ThirdPartyApp, code: string, code_verifier: string) {
  const { clientId, clientSecret } = account;
  const options: oauth.DiscoveryRequestOptions = { execute: [oauth.allowInsecureRequests], algorithm: 'oauth2' };
  const issuer = new URL(bed.stack.auth_server.http);
  const configuration = await oauth.discovery(issuer, clientId, clientSecret, undefined, options);
  const parameters = { code, redirect_uri: redirectUri, code_verifier };
  return oauth.genericGrantRequest(configuration, 'authorization_code', parameters);
}
