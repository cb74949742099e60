/**
 * The prefixes of the four kinds of credentials. A credential is the prefix, 32 base62 characters (190 bits, random or
 * derived) and 6 base62 characters of a keyed check. The check covers the prefix, so no kind is valid as another.
 */
export const CREDENTIAL_PREFIXES = {
  client_secret: 'fosec_',
  authorization_code: 'fooc_',
  access_token: 'foot_',
  refresh_token: 'foor_',
} as const;

export type CredentialKind = keyof typeof CREDENTIAL_PREFIXES;

/** Followed by 22 random base62 characters. Public and permanent. */
export const CLIENT_ID_PREFIX = 'foapp_';

export const RANDOM_LENGTH = 32;
export const CHECK_LENGTH = 6;

/** RFC 6749 section 4.1.2 recommends at most 10 minutes; apps exchange a code within seconds. */
export const AUTHORIZATION_CODE_LIFETIME_SECONDS = 5 * 60;

/** `expires_in`. Long for a bearer token, because revocation does not depend on expiry. */
export const ACCESS_TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;
