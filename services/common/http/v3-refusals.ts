import { bearerChallenge, bearerCredential } from '../callers/bearer.ts';
import { errorBody } from './error-bodies.ts';

/**
 * What keeps a request from the v3 API: a status and a challenge (RFC 6750 section 3). The one place that says how such a
 * request is answered, by our gateway and by every other one that asks introspection.
 */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403;
  /** The value of `WWW-Authenticate`; undefined where another token would not help. */
  readonly challenge: string | undefined;

  constructor(status: 400 | 401 | 403, message: string, challenge?: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.challenge = challenge;
  }

  get body() {
    return errorBody(this.status, this.message);
  }
}

/** One text for all reasons: whoever holds a string learns nothing about it. Made once: such requests come in floods. */
const NO_USABLE_TOKEN = 'The access token is missing, unknown, expired or revoked';
const NO_TOKEN = new Refusal(401, NO_USABLE_TOKEN, bearerChallenge(undefined));

/** A token was sent, and it is of no use. */
export const INVALID_TOKEN = new Refusal(401, NO_USABLE_TOKEN, bearerChallenge('Bearer x'));

/** RFC 6750 section 3.1: it cannot be told which of them counts, and a proxy behind us might take another one. */
const SEVERAL_CREDENTIALS = new Refusal(
  400,
  'The request must have exactly one `authorization` header',
  'Bearer error="invalid_request"',
);

/** `required`: all scopes of the endpoint; `missing`: those of them that were not granted. */
export const missingScope = (required: readonly string[], missing: readonly string[] = required) =>
  new Refusal(
    403,
    `Missing required OAuth scope: ${missing.join(' ')}`,
    `Bearer error="insufficient_scope", scope="${required.join(' ')}"`,
  );

export const notOpened = () => new Refusal(403, 'This endpoint is not opened to OAuth apps');

/** Several headers that somebody before us has joined with a comma (RFC 9110 section 5.3), one of them with a bearer token. */
const JOINED = /^Bearer\s[^,]*,\s*\S+\s+\S|,\s*Bearer\s/i;

/**
 * The token of a request, by the values of its `authorization` headers, or why it is refused. From the header alone
 * (RFC 6750 section 2.1): tokens in queries end in logs, so section 2.3 is not offered.
 */
export function requestToken(authorization: readonly string[]): string | Refusal {
  const [value = '', ...others] = authorization;
  if (others.length > 0 || (value.includes(',') && JOINED.test(value))) return SEVERAL_CREDENTIALS;
  const token = bearerCredential(value);
  if (token !== undefined) return token;
  return bearerChallenge(value) === NO_TOKEN.challenge ? NO_TOKEN : INVALID_TOKEN;
}
