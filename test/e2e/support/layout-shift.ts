import type { BrowserContext, Page } from 'playwright-core';

/** Adds up the layout shifts since the page was loaded. */
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

/** Must be called before the context has pages. */
export async function watchLayoutShift(context: BrowserContext): Promise<void> {
  await context.addInitScript(`{${WATCH}}`);
}

/** The sum of layout shifts without recent user input (0: none). */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>('layoutShiftSoFar()');
}
