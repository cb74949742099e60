/** What third parties call themselves is on our pages: it stays text, and it stays in its place. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

const HOSTILE_NAMES = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  '{organization} </title><svg onload=alert(1)>',
  '{{constructor.constructor("alert(1)")()}}',
  'W'.repeat(80),
  'ﷺ'.repeat(40),
];

test.each(HOSTILE_NAMES)('the name %j is inert on every page', async (name) => {
  const app = await bed.app({ name });
  await bed.api.install(app.account, app.redirectUri);
  const owner = await bed.browser.visitor({ viewport: { width: 390, height: 844 } });
  const dialogs: string[] = [];
  owner.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const { http } = bed.stack.auth_server;
  await owner.visit(`${http}/apps/acme/${app.account.clientId}`, 'Olga Owner');
  expect(await owner.page.getByRole('heading', { level: 1 }).innerText()).toBe(name);
  expect(await widthOverflow(owner.page)).toBe(0);

  const admin = await bed.browser.visitor({ viewport: { width: 390, height: 844 } });
  app.request = { actor: 'app' };
  await admin.visit(await app.authorizationUrl(), 'Tara Target');
  expect(await admin.page.getByRole('heading', { level: 1 }).innerText()).toBe(
    `${name} wants to connect to Globex Corporation`,
  );
  expect(await widthOverflow(admin.page)).toBe(0);
  await admin.page.goto(`${http}/installs/globex`);
  await admin.page.getByRole('link', { name }).first().waitFor();
  expect(await widthOverflow(admin.page)).toBe(0);

  expect(dialogs).toEqual([]);
  expect([...owner.troubles, ...admin.troubles]).toEqual([]);
  await Promise.all([owner.close(), admin.close()]);
});

test('a frame around a page of ours stays empty', async () => {
  const visitor = await bed.browser.visitor();
  const app = await bed.app({ name: 'Framed' });
  await visitor.visit(`${bed.stack.auth_server.http}/installs`, 'Tara Target');
  await visitor.page.goto(app.home);
  await visitor.page.evaluate(
    `document.body.innerHTML = '<iframe src="${bed.stack.auth_server.http}/consent?client_id=x"></iframe>'`,
  );
  await expect.poll(() => visitor.troubles.join()).toMatch(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE/);
  const frames = visitor.page.frames().slice(1);
  const texts = await Promise.all(frames.map((frame) => frame.evaluate<string>('document.body?.innerText ?? ""')));
  expect(texts.join()).not.toMatch(/FeatureOS/);
});

/** How many pixels the page is wider than the window. */
function widthOverflow(page: { evaluate<T>(expression: string): Promise<T> }): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
