import type { BrowserRequest } from '#common/callers/request-credentials.ts';
import { notAllowed } from '#common/errors/app-error.ts';

/** RFC 9110 section 9.2.1: these change nothing, and other origins cannot read the response. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * CSRF protection: browsers attach cookies to requests from any origin, so a change authenticated by the cookie must come
 * from one of our own pages. With neither `Origin` nor `Sec-Fetch-Site`, only safe methods are accepted.
 */
export function requireSameOrigin({ method, origin, secFetchSite }: BrowserRequest, ownOrigin: string): void {
  if (SAFE_METHODS.has(method)) return;
  const isOwn = origin === undefined ? secFetchSite === 'same-origin' : origin === ownOrigin;
  const contradicts = secFetchSite !== undefined && secFetchSite !== 'same-origin';
  if (!isOwn || contradicts) throw notAllowed('requests with the session cookie must come from the same origin');
}
