import type { BrowserRequest } from '#common/callers/request-credentials.ts';
import { notAllowed } from '#common/errors/app-error.ts';

/** RFC 9110 section 9.2.1: our handlers of these change nothing, and other origins cannot read the answer. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * A browser attaches a cookie whoever makes the request, so a change that is authenticated by cookie alone must show
 * that one of our own pages asked for it. A request that says nothing of where it comes from is refused as well.
 */
export function requireSameOrigin({ method, origin, secFetchSite }: BrowserRequest, ownOrigin: string): void {
  if (SAFE_METHODS.has(method)) return;
  const isOwn = origin === undefined ? secFetchSite === 'same-origin' : origin === ownOrigin;
  const contradicts = secFetchSite !== undefined && secFetchSite !== 'same-origin';
  if (!isOwn || contradicts) throw notAllowed('with the session cookie, only our own pages may ask for this');
}
