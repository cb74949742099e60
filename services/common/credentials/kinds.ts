/**
 * The four kinds of secret credential and their lives. Each is `prefix`, 32 base62 characters of randomness (190 bits)
 * and 6 base62 characters of a keyed check; the check covers the prefix, so a kind cannot pass for another.
 */
export const CREDENTIAL_PREFIXES = {
  client_secret: 'fosec_',
  authorization_code: 'fooc_',
  access_token: 'foot_',
  refresh_token: 'foor_',
} as const;

export type CredentialKind = keyof typeof CREDENTIAL_PREFIXES;

/** Public and permanent; 22 base62 characters, so ids cannot be guessed from each other. */
export const CLIENT_ID_PREFIX = 'foapp_';

export const RANDOM_LENGTH = 32;
export const CHECK_LENGTH = 6;

/** RFC 6749 section 4.1.2 recommends at most 10 minutes; a code is exchanged by a server within seconds. */
export const AUTHORIZATION_CODE_LIFE_SECONDS = 5 * 60;

/** `expires_in`. Long for a bearer token, because revocation here does not wait for expiry. */
export const ACCESS_TOKEN_LIFE_SECONDS = 24 * 60 * 60;
