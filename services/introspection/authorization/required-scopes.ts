import { Refusal, RouteRefusals } from '@featureos/introspection-client';
import { parseScopeParameter } from '#common/scopes/algebra.ts';
import { isKnownScope } from '#common/scopes/catalog.ts';

const NONE = new Refusal(403, 'No OAuth scope is configured for this route');
const UNKNOWN = new Refusal(403, 'The OAuth scope that is configured for this route does not exist');

/** The most entries of the cache. Proxies are configured with few different values; further ones are parsed each time. */
const MAX_CACHED = 256;

/** Parses and caches the scopes in the configuration of proxies. */
export class RequiredScopes {
  readonly #cache = new Map<string, RouteRefusals | Refusal>();
  readonly #resourceMetadata: string | undefined;

  /** `resourceMetadata`: the URL of the protected resource metadata (RFC 9728), for challenges. */
  constructor(resourceMetadata: string | undefined) {
    this.#resourceMetadata = resourceMetadata;
  }

  /**
   * The refusals of a route that requires `text`, scopes separated by spaces. If there are none, or one does not exist, the
   * refusal of every request.
   */
  of(text: string): RouteRefusals | Refusal {
    const cached = this.#cache.get(text);
    if (cached !== undefined) return cached;
    const route = this.#read(text);
    if (this.#cache.size < MAX_CACHED) this.#cache.set(text, route);
    return route;
  }

  #read(text: string): RouteRefusals | Refusal {
    const required = parseScopeParameter(text);
    if (required.length === 0) return NONE;
    if (!required.every(isKnownScope)) return UNKNOWN;
    return new RouteRefusals(required, this.#resourceMetadata);
  }
}
