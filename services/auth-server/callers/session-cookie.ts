import { unauthenticated } from '#common/errors/app-error.ts';

/**
 * The session JWT in a `Cookie` header (RFC 6265 section 4.2); undefined if there is none. Two cookies of that name are
 * rejected: another host of the same domain may have set one of them, and the header does not say which.
 */
export function sessionCookieOf(cookieHeader: string | undefined, name: string): string | undefined {
  const values = (cookieHeader ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (values.length > 1) throw unauthenticated(`there are two cookies named ${name}`);
  return values[0] || undefined;
}
