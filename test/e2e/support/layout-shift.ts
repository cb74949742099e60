import type { BrowserContext, Page } from 'playwright-core';

/** Adds up what the browser measures, from each page's beginning. */
const WATCH = `
  let sum = 0;
  const add = (entries) => {
    for (const entry of entries) if (!entry.hadRecentInput) sum += entry.value;
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  globalThis.layoutShiftSoFar = () => {
    add(observer.takeRecords());
    return sum;
  };`;

/** Call it before the context has pages. */
export async function watchLayoutShift(context: BrowserContext): Promise<void> {
  await context.addInitScript(`{${WATCH}}`);
}

/** The sum of layout shifts that nobody caused by acting (0: nothing jumped). */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>('layoutShiftSoFar()');
}
