import { bearerCredential, sendsBearer } from '../callers/bearer.ts';
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

/** One text for all reasons: whoever holds a string learns nothing about it. */
const NO_USABLE_TOKEN = 'The access token is missing, unknown, expired or revoked';

/** RFC 6750 section 3.1: it cannot be told which of them counts, and a proxy behind us might take another one. */
const SEVERAL_CREDENTIALS = new Refusal(
  400,
  'The request must have exactly one `authorization` header',
  'Bearer error="invalid_request"',
);

export const notOpened = () => new Refusal(403, 'This endpoint is not opened to OAuth apps');

/** How requests to one route are refused. Its refusals of tokens are made once: such requests come in floods. */
export class RouteRefusals {
  /** RFC 6750 section 3.1: no error code where no token was sent, since then nothing is wrong with one. */
  readonly noToken: Refusal;
  /** A token was sent, and it is of no use. */
  readonly invalidToken: Refusal;
  readonly #required: readonly string[];
  readonly #resourceMetadata: string | undefined;

  /** `required`: all scopes that the route asks for; `resourceMetadata`: the address of RFC 9728, where there is one. */
  constructor(required: readonly string[], resourceMetadata: string | undefined) {
    this.#required = required;
    this.#resourceMetadata = resourceMetadata;
    this.noToken = new Refusal(401, NO_USABLE_TOKEN, this.#challenge());
    this.invalidToken = new Refusal(401, NO_USABLE_TOKEN, this.#challenge('invalid_token'));
  }

  /** `missing`: those of the required scopes that were not granted. */
  missingScope(missing: readonly string[]): Refusal {
    const message = `Missing required OAuth scope: ${missing.join(' ')}`;
    return new Refusal(403, message, this.#challenge('insufficient_scope'));
  }

  /** What a client needs to get a token that would do: which scopes, and where (RFC 9728 section 5.1). */
  #challenge(error?: string): string {
    const parameters = Object.entries({
      error,
      scope: this.#required.join(' ') || undefined,
      resource_metadata: this.#resourceMetadata,
    }).filter(([, value]) => value !== undefined);
    return ['Bearer', parameters.map(([name, value]) => `${name}="${value}"`).join(', ')].join(' ').trimEnd();
  }
}

/** Several headers that somebody before us has joined with a comma (RFC 9110 section 5.3), one of them with a bearer token. */
const JOINED = /^Bearer\s[^,]*,\s*\S+\s+\S|,\s*Bearer\s/i;

/**
 * The token of a request, by the values of its `authorization` headers, or why it is refused. From the header alone
 * (RFC 6750 section 2.1): tokens in queries end in logs, so section 2.3 is not offered.
 */
export function requestToken(authorization: readonly string[], refusals: RouteRefusals): string | Refusal {
  const [value = '', ...others] = authorization;
  if (others.length > 0 || (value.includes(',') && JOINED.test(value))) return SEVERAL_CREDENTIALS;
  return bearerCredential(value) ?? (sendsBearer(value) ? refusals.invalidToken : refusals.noToken);
}
