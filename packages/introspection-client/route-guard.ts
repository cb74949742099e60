import type { ActiveToken } from './introspection.ts';
import type { IntrospectionClient } from './introspection-client.ts';
import { Refusal, RouteRefusals, requestToken } from './refusals.ts';

/** Checks the token of each request to one route. */
export class RouteGuard {
  readonly #introspection: Pick<IntrospectionClient, 'introspect'>;
  readonly #refusals: RouteRefusals;

  /**
   * `required`: the scopes of the route; a token needs all of them. With an empty list, every active token is admitted.
   * `resourceMetadata`: the URL of the metadata (RFC 9728), for challenges.
   */
  constructor(
    introspection: Pick<IntrospectionClient, 'introspect'>,
    required: readonly string[],
    resourceMetadata?: string,
  ) {
    this.#introspection = introspection;
    this.#refusals = new RouteRefusals(required, resourceMetadata);
  }

  /**
   * Returns whose token the request has and what it may do. `authorization`: the values of all `authorization` headers,
   * `headersDistinct.authorization` of Node's request. Throws a Refusal (400, 401, 403) or IntrospectionUnavailable (503).
   */
  async admit(authorization: readonly string[] = []): Promise<ActiveToken> {
    const token = requestToken(authorization, this.#refusals);
    if (token instanceof Refusal) throw token;
    const introspection = await this.#introspection.introspect(token);
    if (!introspection.active) throw this.#refusals.inactiveToken(introspection.reason);
    const missing = this.#refusals.missingScope(introspection.scopes);
    if (missing !== undefined) throw missing;
    return introspection;
  }
}
