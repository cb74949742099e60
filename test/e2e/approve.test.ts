/** An admin approves or declines an app on the consent page, and the browser returns to the app. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

test('a signed-out admin signs in, approves, and the app calls the v3 API', async () => {
  const app = await bed.app({ name: 'Approved' });
  app.request = { actor: 'app', scope: 'posts:read comments:read' };
  const visitor = await bed.browser.visitor();
  await visitor.page.goto(app.home);
  await visitor.page.getByRole('link', { name: 'Connect FeatureOS' }).click();
  await visitor.signInAs('Tara Target');

  await visitor.page.getByRole('heading', { name: 'Approved wants to connect to Globex Corporation' }).waitFor();
  expect(await visitor.page.getByText(new URL(app.home).host).count()).toBe(1);
  await visitor.connect();

  expect(app.callbacks[0]?.query.get('iss')).toBe(bed.stack.auth_server.http);
  expect(await bed.api.v3(app.accessToken)).toBe(200);
  expect(visitor.problems).toEqual([]);
});

test('the session is in no URL and not readable by scripts', async () => {
  const visitor = await bed.browser.visitor();
  const addresses: string[] = [];
  visitor.page.on('request', (request) => addresses.push(request.url()));
  await visitor.visit('/installs', 'Tara Target');
  const cookies = await visitor.page.context().cookies();
  const session = cookies.find(({ name }) => name === 'featureos_session');
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  expect(addresses.some((address) => address.includes(session?.value ?? ''))).toBe(false);
  const readable = 'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])';
  expect(await visitor.page.evaluate(readable)).toBe('["",{},{}]');
});

test('after an approval, going back skips the consent page, and going forward issues no second code', async () => {
  const app = await bed.app({ name: 'Back' });
  const visitor = await bed.browser.visitor();
  await visitor.page.goto(app.home);
  await visitor.page.getByRole('link', { name: 'Connect FeatureOS' }).click();
  await visitor.signInAs('Tara Target');
  const decisions: string[] = [];
  visitor.page.on('request', (request) => {
    if (request.url().endsWith('/DecideConsent')) decisions.push(request.url());
  });
  await visitor.connect();

  await visitor.page.goBack();
  expect(new URL(visitor.page.url()).pathname).not.toBe('/consent');
  await visitor.page.goForward();
  await visitor.page.getByRole('heading').waitFor();
  expect(decisions).toHaveLength(1);
  // Going forward loads the callback again with the same code.
  expect(new Set(app.callbacks.map(({ query }) => query.get('code'))).size).toBe(1);
});

test('a double click approves once', async () => {
  const app = await bed.app({ name: 'Twice' });
  const visitor = await bed.openConsentPage(app);
  let decisions = 0;
  visitor.page.on('request', (request) => {
    if (request.url().endsWith('/DecideConsent')) decisions++;
  });
  await visitor.button('Connect').dblclick();
  await visitor.page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
  expect(decisions).toBe(1);
});

test('declining redirects to the app with access_denied', async () => {
  const app = await bed.app({ name: 'Declined' });
  app.request = { actor: 'self' };
  const visitor = await bed.openConsentPage(app);
  await visitor.button('Decline').click();
  await visitor.page.getByRole('heading', { name: 'Not connected' }).waitFor();
  const { error, query } = app.callbacks[0] ?? {};
  expect(error).toBe('access_denied');
  expect(query?.get('iss')).toBe(bed.stack.auth_server.http);
});

test('shows a link to the app if the redirect does not leave the page', async () => {
  const app = await bed.app({ name: 'Stuck' });
  const visitor = await bed.visit(`${app.home}/connect`, 'Tara Target');
  await visitor.page.route(`${app.redirectUri}?*`, (route) => route.fulfill({ status: 204 }), { times: 1 });
  await visitor.button('Connect').click();
  await visitor.page.getByRole('link', { name: `Continue to ${new URL(app.home).host}` }).click();
  await visitor.page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
});
