/** RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707 section 2, RFC 9101 section 7, OpenID Connect Core section 3.1.2.6. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'invalid_target'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'consent_required';

/** An error response of RFC 6749. The description is for the app's developer and never contains a credential. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
  }
}

/** Characters that RFC 6749 sections 4.1.2.1 and 5.2 do not allow in `error_description`. */
const DISALLOWED_CHARACTERS = /[^\x20\x21\x23-\x5b\x5d-\x7e]/gu;

/** The parameters of an error in a body or a redirect. */
export function errorParameters(error: string, description: string): { error: string; error_description: string } {
  const allowed = description.replaceAll('"', "'").replace(DISALLOWED_CHARACTERS, '?');
  return { error, error_description: allowed };
}

const MAX_REFUSED_LENGTH = 200;

/** Scopes for an error description, with a hint if they were separated by commas. */
export function listRefusedScopes(names: readonly string[]): string {
  const list = names.join(' ').slice(0, MAX_REFUSED_LENGTH);
  return list.includes(',') ? `${list}; scopes are separated by spaces, not by commas` : list;
}

export const invalidGrant = (description: string) => new OAuthError('invalid_grant', description);
