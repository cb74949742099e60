/** Names that third parties choose are shown as text and do not break the layout, and apps cannot frame the consent page. */
import { beforeAll, expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { PHONE } from './support/browser.ts';
import type { Visitor } from './support/visitor.ts';

const bed = e2eBed();

const HOSTILE_NAMES = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  '{organization} </title><svg onload=alert(1)>',
  '{{constructor.constructor("alert(1)")()}}',
  'W'.repeat(80),
  'ﷺ'.repeat(40),
];

let owner: Visitor;
let admin: Visitor;
const dialogs: string[] = [];
beforeAll(async () => {
  owner = await bed.browser.visitor({ viewport: PHONE });
  admin = await bed.browser.visitor({ viewport: PHONE });
  await owner.visit(`/sign-in`, 'Olga Owner');
  await admin.visit(`/sign-in`, 'Tara Target');
  for (const { page } of [owner, admin]) {
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }
});

test.each(HOSTILE_NAMES)('the name %j is plain text in the console and on the consent page', async (name) => {
  const app = await bed.app({ name });
  await bed.api.install(app.account, app.redirectUri);
  await owner.page.goto(`/apps/acme/${app.account.clientId}`);
  expect(await owner.page.getByRole('heading', { level: 1 }).innerText()).toBe(name);
  expect(await widthOverflow(owner.page)).toBe(0);
  await admin.page.goto(await app.authorizationUrl());
  expect(await admin.page.getByRole('heading', { level: 1 }).innerText()).toBe(
    `${name} wants to connect to Globex Corporation`,
  );
  expect(await widthOverflow(admin.page)).toBe(0);
  await admin.page.goto(`/installs/globex/${await bed.api.installId(app.account)}`);
  await admin.page.getByText(name).first().waitFor();
  expect(await widthOverflow(admin.page)).toBe(0);

  expect(dialogs).toEqual([]);
  expect([...owner.problems, ...admin.problems]).toEqual([]);
});

test('the consent page cannot be framed', async () => {
  const visitor = await bed.browser.visitor();
  const app = await bed.app({ name: 'Framed' });
  await visitor.visit('/installs', 'Tara Target');
  await visitor.page.goto(app.home);
  await visitor.page.evaluate(
    `document.body.innerHTML = '<iframe src="${bed.stack.auth_server.http}/consent?client_id=x"></iframe>'`,
  );
  await expect.poll(() => visitor.problems.join()).toMatch(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE/);
  const frames = visitor.page.frames().slice(1);
  const texts = await Promise.all(frames.map((frame) => frame.evaluate<string>('document.body?.innerText ?? ""')));
  expect(texts.join()).not.toMatch(/FeatureOS/);
});

/** The number of pixels by which the page is wider than the window. */
function widthOverflow(page: { evaluate<T>(expression: string): Promise<T> }): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
