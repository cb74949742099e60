import { isIP } from 'node:net';
import { parseCacheNodes } from '../redis/cache-nodes.ts';

/** What is wrong with a value, without its name; undefined if it is valid. Never quotes a value that may be a secret. */
export type Check = (value: string) => string | undefined;

const LOOPBACK_HOST = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/;

/** Whether the host is a loopback address or name. */
export const isLoopback = (host: string): boolean => LOOPBACK_HOST.test(host);

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*\.?$/;
/** RFC 6265 section 4.1.1. */
const COOKIE_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A URL of one of these schemes, such as `https`. */
export const urlOf =
  (...schemes: readonly string[]): Check =>
  (text) =>
    URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1))
      ? undefined
      : `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;

/** Accepts what parseCacheNodes() accepts. */
export const redisUrl: Check = (text) => {
  try {
    parseCacheNodes(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

/**
 * An issuer (RFC 8414 section 2), a protected resource (RFC 9728 section 1.2) or the address of its metadata: https, or http on
 * a loopback host; no user info, query or fragment. It must be in normal form, because clients compare it as a string.
 */
export const publicUrl: Check = (text) => {
  const problem = urlOf('https', 'http')(text);
  if (problem !== undefined) return problem;
  const url = new URL(text);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'must be https, or http on a loopback host';
  if (/[?#]/.test(text)) return 'must not have a query or a fragment';
  // An empty one, as in `https://@host`, is not in normal form.
  if (url.username !== '' || url.password !== '') return 'must not have user info';
  if (url.href !== text && url.href !== `${text}/`) return `must be written as ${url.href}`;
  return url.pathname.includes('//') ? 'must not have an empty segment in its path' : undefined;
};

export const host: Check = (text) =>
  isIP(text) !== 0 || HOST_NAME.test(text) ? undefined : 'must be an IP address or a host name';

export const cookieName: Check = (text) => (COOKIE_NAME.test(text) ? undefined : 'must be a cookie name');

/** A path on this server's origin, or a URL of the host platform. */
export const pageAddress: Check = (text) =>
  /^\/(?![/\\])[^?#\s]*$/.test(text) ? undefined : urlOf('https', 'http')(text) && 'must be a path or an http(s) URL';

/** Accepts what `authorization: Bearer …` can carry. */
export const bearerToken: Check = (text) =>
  /^[\x21-\x7e]+$/.test(text) ? undefined : 'must be visible ASCII characters without spaces';

/** A key of 256 bits. */
export const hexKey: Check = (text) =>
  /^[0-9a-f]{64}$/.test(text) ? undefined : 'must be 64 lower-case hex digits each';
