import type { AroundNavHandler } from 'wouter';

let navigated = false;

/**
 * Whether the user has navigated within the console since the page was loaded. A navigation that replaces the history entry,
 * such as a redirect, does not count.
 */
export const hasNavigated = (): boolean => navigated;

/** For wouter's Router: records that the user has navigated, and scrolls the new view to its top. */
export const aroundNavigation: AroundNavHandler = (navigate, to, options) => {
  navigated ||= !options?.replace;
  navigate(to, options);
  window.scrollTo(0, 0);
};
