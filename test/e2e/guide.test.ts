/** The guide for app developers, which needs no session. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { expectAccessibleInEveryVariant } from './support/test-views.ts';

const bed = e2eBed();

test.each([
  ['guide', '/docs', 'Build an app'],
  ['guide-quick-start', '/docs/quick-start-node', 'Quick start with Node.js'],
  ['guide-refresh', '/docs/refresh', 'Refresh tokens safely'],
  ['guide-going-live', '/docs/going-live', 'Going live'],
  ['guide-errors', '/docs/errors', 'Errors'],
  ['guide-api', '/docs/api', 'API reference'],
])('%s', async (name, path, heading) => {
  const visitor = await bed.browser.visitor();
  await visitor.page.goto(path);
  await visitor.page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await expectAccessibleInEveryVariant(visitor, name);
  expect(visitor.problems).toEqual([]);
  expect([...visitor.requestedOrigins]).toEqual([bed.stack.auth_server.http]);
  await visitor.close();
});

test('copies a snippet with the addresses of this server', async () => {
  const visitor = await bed.browser.visitor({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = visitor;
  await page.goto('/docs/quick-start-python');
  await page.getByRole('button', { name: 'Copy app.py' }).click();
  await page.getByRole('button', { name: 'Copied app.py' }).waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toMatch(/^import os\n/);
  expect(copied).toContain(`server_metadata_url="${bed.stack.auth_server.http}/.well-known/`);
  expect(copied).not.toContain('example.com');
  await visitor.close();
});

test('the console and the page of an invalid request link to the guide', async () => {
  const visitor = await bed.visit('/apps', 'Olga Owner');
  const { page } = visitor;
  await page.getByRole('link', { name: 'Docs' }).click();
  await page.getByRole('heading', { level: 1, name: 'Build an app' }).waitFor();
  await page.goto('/consent?client_id=foapp_unknown&redirect_uri=https%3A%2F%2Fapp.example');
  await page.getByRole('link', { name: 'What this error means' }).click();
  await page.getByRole('heading', { level: 2, name: 'Authorization errors' }).waitFor();
  await visitor.close();
});
