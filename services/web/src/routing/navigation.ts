import type { AroundNavHandler } from 'wouter';

let hasNavigated = false;

/** Whether the user has navigated within the console since the page was loaded. A redirect does not count. */
export const wasNavigated = (): boolean => hasNavigated;

/** For wouter's Router: starts the new view at its top. */
export const aroundNavigation: AroundNavHandler = (navigate, to, options) => {
  hasNavigated ||= !options?.replace;
  navigate(to, options);
  window.scrollTo(0, 0);
};
