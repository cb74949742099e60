import { test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { expectAccessibleInEveryVariant } from './support/test-views.ts';

const bed = e2eBed();

test('the sign-in page of the development platform', async () => {
  const visitor = await bed.browser.visitor();
  await visitor.page.goto('/installs');
  await visitor.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await expectAccessibleInEveryVariant(visitor, 'sign-in');
});
