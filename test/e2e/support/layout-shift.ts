import type { BrowserContext, Page } from 'playwright-core';

/**
 * Adds up the layout shifts since the page was loaded until the first input. The browser itself only excludes those within 500 ms
 * of an input, but the response to one can take longer.
 */
const WATCH = `
  let sum = 0;
  let firstInputAt = Number.POSITIVE_INFINITY;
  for (const type of ['pointerdown', 'keydown', 'input'])
    addEventListener(type, ({ timeStamp }) => { firstInputAt = Math.min(firstInputAt, timeStamp); }, { capture: true });
  const add = (entries) => {
    for (const { startTime, value } of entries) if (startTime < firstInputAt) sum += value;
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

/** The sum of layout shifts before the first input (0: none). */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>('layoutShiftSoFar()');
}
