import type { Profile } from './profile.ts';

/**
 * Where an admin can start to connect the app; undefined if it has no such URL. Only the app can start it, because it must
 * match the response to its request (RFC 6749 section 10.12). `iss` is that of OpenID Connect Core 1.0, section 4.
 */
export function startUrlOf({ initiateLoginUri }: Pick<Profile, 'initiateLoginUri'>): string | undefined {
  if (!URL.canParse(initiateLoginUri)) return undefined;
  const url = new URL(initiateLoginUri);
  if (url.protocol !== 'https:') return undefined;
  url.searchParams.set('iss', window.location.origin);
  return url.href;
}
