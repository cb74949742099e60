/** The error codes of RFC 6749 sections 4.1.2.1 and 5.2 that we send. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied';

/** A refusal in the words of RFC 6749. The description is for the app's developer; it never holds a credential. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
  }
}

export const invalidGrant = (description: string) => new OAuthError('invalid_grant', description);
