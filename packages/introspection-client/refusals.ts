import { bearerCredential, sendsBearer } from './bearer.ts';
import type { InactiveTokenReason } from './introspection.ts';

/**
 * Access to the API is refused, with the status and the challenge of RFC 6750 section 3. The gateway and other gateways that
 * use this package respond alike.
 */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403;
  /** The value of `WWW-Authenticate`; undefined if no token gives access to the route. */
  readonly challenge: string | undefined;
  /** Why the token is inactive, for logs only. */
  readonly reason: InactiveTokenReason | undefined;

  constructor(status: 400 | 401 | 403, message: string, challenge?: string, reason?: InactiveTokenReason) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.challenge = challenge;
    this.reason = reason;
  }

  /** Express and Fastify send the headers of an error that is thrown. */
  get headers(): Record<string, string> {
    return this.challenge === undefined ? {} : { 'www-authenticate': this.challenge };
  }

  get body() {
    return { message: this.message, status: this.status, success: false };
  }
}

/** One message for all reasons, so that it reveals nothing about a token. */
const NO_USABLE_TOKEN = 'The access token is missing, unknown, expired or revoked';

/** RFC 6750 section 3.1. Several headers are rejected, because a server behind the gateway might use a different one. */
const SEVERAL_CREDENTIALS = new Refusal(
  400,
  'The request must have exactly one `authorization` header',
  'Bearer error="invalid_request"',
);

/** The refusals of one route. `noToken` and `invalidToken` are created once, because they may be frequent. */
export class RouteRefusals {
  /** RFC 6750 section 3.1: no error code if the request has no token. */
  readonly noToken: Refusal;
  /** The token is malformed or inactive. */
  readonly invalidToken: Refusal;
  /** The scopes of the route; a token needs all of them. */
  readonly required: readonly string[];
  readonly #resourceMetadata: string | undefined;

  /** `required`: the scopes of the route; `resourceMetadata`: the URL of the metadata (RFC 9728), if there is one. */
  constructor(required: readonly string[], resourceMetadata: string | undefined) {
    this.required = required;
    this.#resourceMetadata = resourceMetadata;
    this.noToken = new Refusal(401, NO_USABLE_TOKEN, this.#challenge());
    this.invalidToken = new Refusal(401, NO_USABLE_TOKEN, this.#challenge('invalid_token'));
  }

  /** Like `invalidToken`, with the reason for logs. */
  inactiveToken(reason: InactiveTokenReason): Refusal {
    const { status, message, challenge } = this.invalidToken;
    return new Refusal(status, message, challenge, reason);
  }

  /** `effective`: the scopes of the token. Undefined if all required scopes are among them. */
  missingScope(effective: readonly string[]): Refusal | undefined {
    if (this.required.every((scope) => effective.includes(scope))) return undefined;
    const missing = this.required.filter((scope) => !effective.includes(scope));
    const message = `Missing required OAuth scope: ${missing.join(' ')}`;
    return new Refusal(403, message, this.#challenge('insufficient_scope'));
  }

  /** Names the scopes that a client needs, and where to get a token (RFC 9728 section 5.1). */
  #challenge(error?: string): string {
    const parameters = Object.entries({
      error,
      scope: this.required.join(' ') || undefined,
      resource_metadata: this.#resourceMetadata,
    }).filter(([, value]) => value !== undefined);
    return ['Bearer', parameters.map(([name, value]) => `${name}="${value}"`).join(', ')].join(' ').trimEnd();
  }
}

/** Several headers joined with a comma (RFC 9110 section 5.3), one of them with a bearer token. */
const JOINED = /^Bearer\s[^,]*,\s*\S+\s+\S|,\s*Bearer\s/i;

/**
 * The token in the values of the `authorization` headers, or why the request is refused. Tokens in the query (RFC 6750 section
 * 2.3) are not supported, because they end up in logs.
 */
export function requestToken(authorization: readonly string[], refusals: RouteRefusals): string | Refusal {
  const [value = '', ...others] = authorization;
  if (others.length > 0 || (value.includes(',') && JOINED.test(value))) return SEVERAL_CREDENTIALS;
  return bearerCredential(value) ?? (sendsBearer(value) ? refusals.invalidToken : refusals.noToken);
}
