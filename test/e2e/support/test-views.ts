import { beforeAll, expect, test } from 'vitest';
import { accessibilityProblems } from './accessibility.ts';
import { type Bed, e2eBed } from './bed.ts';
import { layoutShift } from './layout-shift.ts';
import { type Look, takeScreenshot, wearTheme, wearWidth } from './screenshots.ts';
import { type View, Views } from './views.ts';
import type { Person, Visitor } from './visitor.ts';

const WIDTHS = [1280, 390];
const THEMES = ['light', 'dark'] as const;
const FIRST_LOOK: Look = { width: 1280, colorScheme: 'light' };
/** "Good" is 0.1 (https://web.dev/articles/cls); what is left here are names that are longer than their skeleton. */
const MAX_SHIFT = 0.05;
const REFUSED = /^console: Failed to load resource: the server responded with a status of 4(00|04|09|22)/;

/** Views, and the world that they show. */
export interface Scene {
  prepare(): Promise<void>;
  readonly views: readonly View[];
}

/** Views of an area, over the apps that most of them share. */
export function testViews(ofArea: (views: Views) => readonly View[]): void {
  testScene((bed) => {
    const views = new Views(bed);
    return { prepare: () => views.prepare(), views: ofArea(views) };
  });
}

/**
 * One test for each view of a scene, in both themes and at two widths: nothing that axe-core finds, nothing that jumps,
 * no error on the console, no request that fails or that goes elsewhere. Leaves a screenshot of each to be looked at.
 */
export function testScene(sceneOf: (bed: Bed) => Scene): void {
  const bed = e2eBed();
  const scene = sceneOf(bed);
  const signedIn = new Map<Person, Visitor>();
  beforeAll(() => scene.prepare());

  test.each(scene.views.map((view) => [view.name, view] as const))('%s', async (_name, view) => {
    const visitor = signedIn.get(view.person) ?? (await signIn(view.person));
    // What another view has left behind, if its test has failed.
    visitor.troubles.splice(0);
    await open(visitor, view);
    expect(await layoutShift(visitor.page)).toBeLessThan(MAX_SHIFT);
    await expectGoodInEveryLook(visitor, view.name);
    const troubles = visitor.troubles.splice(0).filter((trouble) => !(view.isRefused && REFUSED.test(trouble)));
    expect(troubles).toEqual([]);
    expect([...visitor.requestedOrigins]).toEqual([bed.stack.auth_server.http]);
  });

  async function signIn(person: Person): Promise<Visitor> {
    const visitor = await bed.browser.visitor();
    await visitor.visit(`${bed.stack.auth_server.http}/sign-in`, person);
    visitor.requestedOrigins.clear();
    visitor.troubles.splice(0);
    signedIn.set(person, visitor);
    return visitor;
  }
}

async function open({ page }: Visitor, view: View): Promise<void> {
  await wearTheme(page, FIRST_LOOK);
  await wearWidth(page, FIRST_LOOK);
  await page.goto(await view.address());
  await view.reach?.(page);
  await page.getByText(view.shows).first().waitFor();
  // Nothing is being read any more: what could move the page has come.
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
}

export async function expectGoodInEveryLook({ page }: Visitor, name: string): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of THEMES) {
      const look = { width, colorScheme };
      await wearTheme(page, look);
      if (colorScheme === THEMES[0]) {
        await wearWidth(page, look);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
      await takeScreenshot(page, name, look);
      const problems = await accessibilityProblems(page, { coloursOnly: colorScheme !== THEMES[0] });
      expect(problems, JSON.stringify(look)).toEqual([]);
    }
  }
}
