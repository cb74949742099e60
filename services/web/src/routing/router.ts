import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

/** The path of the page, which changes without a load. */
export const usePath = (): string => useSyncExternalStore(subscribe, () => window.location.pathname);

/** Whether anybody has moved since the page was loaded. */
let hasMoved = false;
export const wasNavigated = (): boolean => hasMoved;

export function navigate(path: string, { replace = false } = {}): void {
  // Being led on to where one was going anyway is no move.
  hasMoved ||= !replace;
  if (replace) window.history.replaceState(null, '', path);
  else window.history.pushState(null, '', path);
  window.scrollTo(0, 0);
  for (const listener of listeners) listener();
}
