import type { Profile } from './profile.ts';

/**
 * Where an admin can start to connect the app; undefined if it has no such URL. The flow starts at the app, because the app
 * must match the response to its request (RFC 6749 section 10.12). `iss` is defined by OpenID Connect Core 1.0, section 4.
 */
export function startUrlOf(
  { initiateLoginUri }: Pick<Profile, 'initiateLoginUri'>,
  issuer: string,
): string | undefined {
  if (!URL.canParse(initiateLoginUri)) return undefined;
  const url = new URL(initiateLoginUri);
  if (url.protocol !== 'https:') return undefined;
  url.searchParams.set('iss', issuer);
  return url.href;
}
