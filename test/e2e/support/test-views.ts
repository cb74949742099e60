import { beforeAll, expect, test } from 'vitest';
import { accessibilityProblems } from './accessibility.ts';
import { type Bed, e2eBed } from './bed.ts';
import { layoutShift } from './layout-shift.ts';
import { applyTheme, resizeWindow, takeScreenshot, type Variant } from './screenshots.ts';
import { type View, Views } from './views.ts';
import type { Person, TestUser, Visitor } from './visitor.ts';

const WIDTHS = [1280, 390];
const THEMES = ['light', 'dark'] as const;
const DEFAULT_VARIANT: Variant = { width: 1280, colorScheme: 'light' };
/** 0.1 counts as good (https://web.dev/articles/cls). Names that are longer than their placeholders cause some shift. */
const MAX_SHIFT = 0.05;
const REFUSED = /^console: Failed to load resource: the server responded with a status of 4(00|04|09|22)/;

/** Views, and the data that they show. */
export interface ViewFixture {
  prepare(): Promise<void>;
  readonly views: readonly View[];
}

/** Tests the views of one area. They share their apps. */
export function testViews(viewsOf: (views: Views) => readonly View[]): void {
  testViewsFrom((bed) => {
    const views = new Views(bed);
    return { prepare: () => views.prepare(), views: viewsOf(views) };
  });
}

/**
 * One test for each view of a fixture: little layout shift when it opens, no console errors except expected ones, no failed
 * requests, no requests to other origins; and the checks and screenshots of expectAccessibleInEveryVariant().
 */
export function testViewsFrom(createFixture: (bed: Bed) => ViewFixture): void {
  const bed = e2eBed();
  const fixture = createFixture(bed);
  const signedIn = new Map<Person | TestUser, Visitor>();
  beforeAll(() => fixture.prepare());

  test.each(fixture.views.map((view) => [view.name, view] as const))('%s', async (_name, view) => {
    const person = typeof view.person === 'function' ? view.person() : view.person;
    const visitor = signedIn.get(person) ?? (await signIn(person));
    // If the test of another view has failed, its problems are left over.
    visitor.problems.splice(0);
    await open(visitor, view);
    expect(await layoutShift(visitor.page)).toBeLessThan(MAX_SHIFT);
    await expectAccessibleInEveryVariant(visitor, view.name);
    const problems = visitor.problems.splice(0).filter((problem) => !(view.expectsError && REFUSED.test(problem)));
    expect(problems).toEqual([]);
    expect([...visitor.requestedOrigins]).toEqual([bed.stack.auth_server.http]);
  });

  async function signIn(person: Person | TestUser): Promise<Visitor> {
    const visitor = await bed.visit('/installs', person);
    visitor.requestedOrigins.clear();
    visitor.problems.splice(0);
    signedIn.set(person, visitor);
    return visitor;
  }
}

async function open({ page }: Visitor, view: View): Promise<void> {
  await applyTheme(page, DEFAULT_VARIANT);
  await resizeWindow(page, DEFAULT_VARIANT);
  await page.goto(await view.url());
  await view.steps?.(page);
  await page.getByText(view.expectedText).first().waitFor();
  // Wait until everything has loaded, because later content could shift the layout.
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
}

/** In both themes and at two widths: expects no accessibility violations and no horizontal overflow, and saves a screenshot. */
export async function expectAccessibleInEveryVariant({ page }: Visitor, name: string): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of THEMES) {
      const variant = { width, colorScheme };
      await applyTheme(page, variant);
      if (colorScheme === THEMES[0]) {
        await resizeWindow(page, variant);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
      await takeScreenshot(page, name, variant);
      const problems = await accessibilityProblems(page, { colorsOnly: colorScheme !== THEMES[0] });
      expect(problems, JSON.stringify(variant)).toEqual([]);
    }
  }
}
