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

/** The named parts of a path that has the form of `pattern`, such as `/apps/:organization`; undefined if it has not. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const given = path.replace(/\/$/, '').split('/');
  if (expected.length !== given.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = decoded(given[index] ?? '');
    if (value === undefined) return undefined;
    if (part.startsWith(':')) parts[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return parts;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // a broken percent escape is a part of no address of ours
  }
}
