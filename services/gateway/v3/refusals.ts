import { bearerChallenge } from '#common/callers/bearer.ts';

/** What keeps a token from an endpoint: a status and a challenge (RFC 6750 section 3). */
export class Refusal extends Error {
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`; undefined where another token would not help. */
  readonly challenge: string | undefined;

  constructor(status: 401 | 403, message: string, challenge?: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.challenge = challenge;
  }
}

/** One text for all reasons: whoever holds a string learns nothing about it. */
export const noUsableToken = (authorization: string | undefined) =>
  new Refusal(401, 'The access token is missing, unknown, expired or revoked', bearerChallenge(authorization));

export const missingScope = (scope: string) =>
  new Refusal(403, `Missing required OAuth scope: ${scope}`, `Bearer error="insufficient_scope", scope="${scope}"`);

export const notOpened = () => new Refusal(403, 'This endpoint is not opened to OAuth apps');
