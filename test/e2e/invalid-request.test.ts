/** Invalid authorization requests: the page shows the error and never leads to an unregistered redirect URI. */
import { beforeAll, expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import type { Visitor } from './support/visitor.ts';

const bed = e2eBed();
let visitor: Visitor;
beforeAll(async () => {
  visitor = await bed.visit('/sign-in', 'Tara Target');
});

const EVIL = 'https://evil.example/take';

const authorize = (parameters: Record<string, string>) => `/oauth/authorize?${new URLSearchParams(parameters)}`;

test.each<[string, Record<string, string>]>([
  ['an unknown client', { client_id: 'foapp_unknown', redirect_uri: EVIL }],
  ['no client', { redirect_uri: EVIL }],
])('%s: shows an error page that does not lead to the redirect URI', async (_name, parameters) => {
  await expectNoWayOut(authorize(parameters));
});

test.each([
  ['another host', () => EVIL],
  ['a longer path', (registered: string) => `${registered}/../other`],
  ['an added query', (registered: string) => `${registered}?next=${EVIL}`],
  ['a script', () => 'javascript:alert(1)'],
  ['data', () => 'data:text/html,<script>alert(1)</script>'],
])('unregistered redirect URI (%s): shows an error page that does not lead to it', async (_name, modify) => {
  const app = await bed.app({ name: 'Misdirected' });
  await expectNoWayOut(authorize({ client_id: app.account.clientId, redirect_uri: modify(app.redirectUri) }));
});

test('shows the redirect URI that is not registered', async () => {
  const { account } = await bed.app({ name: 'Mistyped', redirect_uris: ['http://127.0.0.1:3000/callback'] });
  const redirectUri = 'http://localhost:3000/callback';
  await expectNoWayOut(authorize({ client_id: account.clientId, redirect_uri: redirectUri }));
  await visitor.page.getByText(`redirect_uri=${redirectUri}`).waitFor();
});

test('rejects a repeated parameter instead of using the first one', async () => {
  const app = await bed.app({ name: 'Doubled' });
  const once = authorize({ client_id: app.account.clientId, redirect_uri: app.redirectUri, actor: 'app' });
  await expectNoWayOut(`${once}&redirect_uri=${encodeURIComponent(EVIL)}`);

  await visitor.page.goto(`${once}&scope=posts:read&scope=posts:write`);
  await visitor.page.getByText('duplicate parameters: scope').waitFor();
});

test('an invalid scope is reported to the app only when the user goes back to it', async () => {
  const app = await bed.app({ name: 'Overreaching' });
  app.request = { actor: 'app', scope: 'member:write' };
  await visitor.page.goto(await app.authorizationUrl());
  await visitor.page.getByText('invalid_scope: not declared by the app: member:write').waitFor();
  expect(app.callbacks).toEqual([]);
  await visitor.button(`Go back to ${new URL(app.home).host}`).click();
  await visitor.page.getByRole('heading', { name: 'Not connected' }).waitFor();
  expect(app.callbacks[0]?.error).toBe('invalid_scope');
  expect(app.callbacks[0]?.query.get('iss')).toBe(bed.stack.auth_server.http);
});

/** Expects an error page without buttons and without links to another origin. */
async function expectNoWayOut(address: string): Promise<void> {
  await visitor.page.goto(address);
  await visitor.page.getByRole('heading', { name: 'This request is invalid' }).waitFor();
  const links = await visitor.page.getByRole('link').all();
  const targets = await Promise.all(links.map((link) => link.evaluate((anchor) => (anchor as { href?: string }).href)));
  for (const target of targets) expect(new URL(target ?? '').origin).toBe(bed.stack.auth_server.http);
  expect(await visitor.button(/./).count()).toBe(0);
  expect([...visitor.requestedOrigins].some((origin) => origin.includes('evil'))).toBe(false);
}
