/** Lists that do not fit one page. */
import { expect, test } from 'vitest';
import { HOOLI } from './support/api.ts';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();
const PER_PAGE = 30;

test('more apps than a page holds are shown when they are asked for', async () => {
  const fields = { redirect_uris: ['https://many.example/callback'], declared_scopes: ['posts:read'] };
  for (let app = 0; app <= PER_PAGE; app++) await bed.api.register({ ...fields, name: `Many ${app}` }, HOOLI);
  const visitor = await bed.browser.visitor();
  const { page } = visitor;
  await visitor.visit(`${bed.stack.auth_server.http}/apps/hooli`, 'Paula Plural');
  const rows = page.getByRole('listitem');
  await expect.poll(() => rows.count()).toBe(PER_PAGE);
  await visitor.button('Show more').click();
  await expect.poll(() => rows.count()).toBe(PER_PAGE + 1);
  expect(await visitor.button('Show more').count()).toBe(0);
  expect(visitor.troubles).toEqual([]);
});
