/**
 * Every view in both themes and at two widths: nothing that axe-core finds, nothing that jumps, no error on the console,
 * no request that fails or that goes elsewhere. Leaves a screenshot of each to be looked at.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { accessibilityProblems, layoutShift } from './support/accessibility.ts';
import { e2eBed } from './support/bed.ts';
import { type Look, takeScreenshot, wear } from './support/screenshots.ts';
import { type View, Views } from './support/views.ts';
import type { Person, Visitor } from './support/visitor.ts';

const bed = e2eBed();
const views = new Views(bed);
const signedIn = new Map<Person, Visitor>();

const LOOKS: readonly Look[] = [
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
];
/** "Good" is 0.1 (https://web.dev/articles/cls); what is left here are names that are longer than their skeleton. */
const MOST_SHIFT = 0.05;
const REFUSED = /^console: Failed to load resource: the server responded with a status of 4(00|22)/;

beforeAll(() => views.prepare());

describe.each([
  ['consent', views.consent],
  ['installed apps', views.installs],
  ['developer console', views.apps],
])('%s', (_area, ofArea) => {
  test.each(ofArea.map((view) => [view.name, view] as const))('%s', async (_name, view) => {
    const visitor = await open(view);
    expect(await layoutShift(visitor.page)).toBeLessThan(MOST_SHIFT);
    for (const look of LOOKS) {
      await wear(visitor.page, look);
      await takeScreenshot(visitor.page, view.name, look);
      const width = await visitor.page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(look.width);
      expect(await accessibilityProblems(visitor.page), JSON.stringify(look)).toEqual([]);
    }
    const troubles = visitor.troubles.splice(0).filter((trouble) => !(view.isRefused && REFUSED.test(trouble)));
    expect(troubles).toEqual([]);
    expect([...visitor.requestedOrigins]).toEqual([bed.stack.auth_server.http]);
  });
});

test('the sign-in page of the development platform', async () => {
  const visitor = await bed.browser.visitor();
  await visitor.page.goto(`${bed.stack.auth_server.http}/installs`);
  await visitor.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  for (const look of LOOKS) {
    await wear(visitor.page, look);
    await takeScreenshot(visitor.page, 'sign-in', look);
    expect(await accessibilityProblems(visitor.page), JSON.stringify(look)).toEqual([]);
  }
});

/** The view, before somebody who may see it. */
async function open(view: View): Promise<Visitor> {
  const visitor = signedIn.get(view.person) ?? (await signIn(view.person));
  await wear(visitor.page, LOOKS[0] as Look);
  await visitor.page.goto(await view.address());
  await view.reach?.(visitor.page);
  await visitor.page.getByText(view.shows).first().waitFor();
  await visitor.page.waitForLoadState('networkidle');
  return visitor;
}

async function signIn(person: Person): Promise<Visitor> {
  const visitor = await bed.browser.visitor();
  await visitor.page.goto(`${bed.stack.auth_server.http}/sign-in`);
  await visitor.signInAs(person);
  await visitor.page.waitForURL(/installs/);
  visitor.requestedOrigins.clear();
  visitor.troubles.splice(0);
  signedIn.set(person, visitor);
  return visitor;
}
