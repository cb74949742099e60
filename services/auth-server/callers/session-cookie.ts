import { unauthenticated } from '#common/errors/app-error.ts';

/**
 * The session JWT in a `Cookie` header (RFC 6265 section 4.2); undefined if there is none. Two of that name are refused:
 * a neighbouring host could have planted one of them, and the header does not say which.
 */
export function sessionCookieOf(cookieHeader: string | undefined, name: string): string | undefined {
  const values = (cookieHeader ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (values.length > 1) throw unauthenticated(`the cookie ${name} came twice`);
  return values[0] || undefined;
}
