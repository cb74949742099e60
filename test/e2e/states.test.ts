/** A view while it loads, during an outage, and after the session has ended. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { expectAccessibleInEveryVariant } from './support/test-views.ts';

const bed = e2eBed();
const openInstalls = () => bed.visit('/installs', 'Sofia Several');
const LIST = '**/featureos.oauth.v1.InstallService/ListInstalls';

test('shows that it is loading, then the content', async () => {
  const visitor = await openInstalls();
  const { page } = visitor;
  const release = Promise.withResolvers<void>();
  await page.route(LIST, async (route) => {
    await release.promise;
    await route.continue();
  });
  await page.reload();
  await page.getByRole('status').filter({ hasText: 'Loading…' }).waitFor();
  await expectAccessibleInEveryVariant(visitor, 'loading');
  release.resolve();
  await page.getByText('No apps installed').waitFor();
  expect(visitor.problems).toEqual([]);
});

test('shows an outage, and can be retried', async () => {
  const visitor = await openInstalls();
  const { page } = visitor;
  await page.route(LIST, (route) => route.abort('connectionrefused'));
  await page.reload();
  await page.getByRole('alert').filter({ hasText: "This page can't be loaded right now" }).waitFor();
  await expectAccessibleInEveryVariant(visitor, 'outage');
  await page.unroute(LIST);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('No apps installed').waitFor();
});

test('shows that the session has ended, and returns to the page after signing in', async () => {
  const visitor = await openInstalls();
  const { page } = visitor;
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Developer' }).click();
  await page.getByText('Your session has ended').waitFor();
  await expectAccessibleInEveryVariant(visitor, 'session-ended');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await visitor.signInAs('Sofia Several');
  await page.getByText('No apps yet').waitFor();
  expect(new URL(page.url()).pathname).toBe('/apps/initech');
});
