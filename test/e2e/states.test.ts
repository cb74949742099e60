/** What a view shows while it waits, when it cannot be had, and when the session has ended under it. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { expectGoodInEveryLook } from './support/test-views.ts';

const bed = e2eBed();
const LIST = '**/featureos.oauth.v1.InstallService/ListInstalls';

test('loading is said, and what comes takes its place', async () => {
  const visitor = await installs();
  const { page } = visitor;
  const held = Promise.withResolvers<void>();
  await page.route(LIST, async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.reload();
  await page.getByRole('status').filter({ hasText: 'Loading…' }).waitFor();
  await expectGoodInEveryLook(visitor, 'loading');
  held.resolve();
  await page.getByText('No apps installed').waitFor();
  expect(visitor.troubles).toEqual([]);
});

test('an outage is said, and trying again helps once it is over', async () => {
  const visitor = await installs();
  const { page } = visitor;
  await page.route(LIST, (route) => route.abort('connectionrefused'));
  await page.reload();
  await page.getByRole('alert').filter({ hasText: "This page can't be loaded right now" }).waitFor();
  await expectGoodInEveryLook(visitor, 'outage');
  await page.unroute(LIST);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('No apps installed').waitFor();
});

test('a session that ends under a page is said, and signing in leads back to it', async () => {
  const visitor = await installs();
  const { page } = visitor;
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Developer' }).click();
  await page.getByText('Your session has ended').waitFor();
  await expectGoodInEveryLook(visitor, 'session-ended');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await visitor.signInAs('Sofia Several');
  await page.getByText('No apps yet').waitFor();
  expect(new URL(page.url()).pathname).toBe('/apps/initech');
});

async function installs() {
  const visitor = await bed.browser.visitor();
  await visitor.visit(`${bed.stack.auth_server.http}/installs`, 'Sofia Several');
  return visitor;
}
