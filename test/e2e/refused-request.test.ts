/** Authorization requests that cannot go on: what the page says, and above all where it does not lead. */
import { beforeAll, expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import type { Visitor } from './support/visitor.ts';

const bed = e2eBed();
let visitor: Visitor;
beforeAll(async () => {
  visitor = await bed.browser.visitor();
  await visitor.visit(`${bed.stack.auth_server.http}/sign-in`, 'Tara Target');
});

const EVIL = 'https://evil.example/take';

const authorize = (parameters: Record<string, string>) =>
  `${bed.stack.auth_server.http}/oauth/authorize?${new URLSearchParams(parameters)}`;

test.each([
  ['an unknown client', () => ({ client_id: 'foapp_unknown', redirect_uri: EVIL })],
  ['no client', () => ({ redirect_uri: EVIL })],
])('%s: an error page without a way to the redirect URI', async (_name, parameters) => {
  await expectDeadEnd(authorize(parameters() as Record<string, string>));
});

test.each([
  ['another host', () => EVIL],
  ['a longer path', (registered: string) => `${registered}/../other`],
  ['another query', (registered: string) => `${registered}?next=${EVIL}`],
  ['a script', () => 'javascript:alert(1)'],
  ['data', () => 'data:text/html,<script>alert(1)</script>'],
])('a redirect URI that is not registered (%s): an error page that never links to it', async (_name, spoil) => {
  const app = await bed.app({ name: 'Misdirected' });
  await expectDeadEnd(authorize({ client_id: app.account.clientId, redirect_uri: spoil(app.redirectUri) }));
});

test('a parameter given twice is an error, and not the first of the two', async () => {
  const app = await bed.app({ name: 'Doubled' });
  const once = authorize({ client_id: app.account.clientId, redirect_uri: app.redirectUri, actor: 'app' });
  await expectDeadEnd(`${once}&redirect_uri=${encodeURIComponent(EVIL)}`);

  await visitor.page.goto(`${once}&scope=posts:read&scope=posts:write`);
  await visitor.page.getByText('given twice: scope').waitFor();
});

test('any other error is told to the app, once the person goes back there', async () => {
  const app = await bed.app({ name: 'Overreaching' });
  app.request = { actor: 'app', scope: 'member:write' };
  await visitor.page.goto(await app.authorizationUrl());
  await visitor.page.getByText('invalid_scope: not declared by the app: member:write').waitFor();
  expect(app.outcomes).toEqual([]);
  await visitor.button(`Go back to ${new URL(app.home).host}`).click();
  await visitor.page.getByRole('heading', { name: 'Not connected' }).waitFor();
  expect(app.outcomes[0]?.error).toBe('invalid_scope');
  expect(app.outcomes[0]?.query.get('iss')).toBe(bed.stack.auth_server.http);
});

/** An error page from which nothing leads to another origin. */
async function expectDeadEnd(address: string): Promise<void> {
  await visitor.page.goto(address);
  await visitor.page.getByRole('heading', { name: 'This request is invalid' }).waitFor();
  const links = await visitor.page.getByRole('link').all();
  const targets = await Promise.all(links.map((link) => link.evaluate((anchor) => (anchor as { href?: string }).href)));
  for (const target of targets) expect(new URL(target ?? '').origin).toBe(bed.stack.auth_server.http);
  expect(await visitor.button(/./).count()).toBe(0);
  expect([...visitor.requestedOrigins].some((origin) => origin.includes('evil'))).toBe(false);
}
