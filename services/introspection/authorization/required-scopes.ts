import { Refusal, RouteRefusals } from '#common/http/v3-refusals.ts';
import { parseScopeParameter } from '#common/scopes/algebra.ts';
import { isKnownScope } from '#common/scopes/catalog.ts';

const NONE = new Refusal(403, 'No OAuth scope is configured for this route');
const UNKNOWN = new Refusal(403, 'The OAuth scope that is configured for this route does not exist');

/** Routes of all proxies have few different ones; whatever is above is worked out each time. */
const MAX_REMEMBERED = 256;

/** The scopes of a route, all of which are required, and how its requests are refused. */
export interface RouteScopes {
  readonly required: readonly string[];
  readonly refusals: RouteRefusals;
}

/** The scopes that the configuration of a proxy asks for, or why it lets nobody pass. */
export class RequiredScopes {
  readonly #remembered = new Map<string, RouteScopes | Refusal>();
  readonly #resourceMetadata: string | undefined;

  /** `resourceMetadata`: where clients find out about what the proxy protects (RFC 9728). */
  constructor(resourceMetadata: string | undefined) {
    this.#resourceMetadata = resourceMetadata;
  }

  /** `text`: separated by spaces. */
  of(text: string): RouteScopes | Refusal {
    const remembered = this.#remembered.get(text);
    if (remembered !== undefined) return remembered;
    const scopes = this.#read(text);
    if (this.#remembered.size < MAX_REMEMBERED) this.#remembered.set(text, scopes);
    return scopes;
  }

  #read(text: string): RouteScopes | Refusal {
    const required = parseScopeParameter(text);
    if (required.length === 0) return NONE;
    if (!required.every(isKnownScope)) return UNKNOWN;
    return { required, refusals: new RouteRefusals(required, this.#resourceMetadata) };
  }
}
