import { Refusal, RouteRefusals } from '@featureos/introspection-client';
import { parseScopeParameter } from '#common/scopes/algebra.ts';
import { isKnownScope } from '#common/scopes/catalog.ts';

const NONE = new Refusal(403, 'No OAuth scope is configured for this route');
const UNKNOWN = new Refusal(403, 'The OAuth scope that is configured for this route does not exist');

/** Routes of all proxies have few different ones; whatever is above is worked out each time. */
const MAX_REMEMBERED = 256;

/** The scopes that the configuration of a proxy asks for, or why it lets nobody pass. */
export class RequiredScopes {
  readonly #remembered = new Map<string, RouteRefusals | Refusal>();
  readonly #resourceMetadata: string | undefined;

  /** `resourceMetadata`: where clients find out about what the proxy protects (RFC 9728). */
  constructor(resourceMetadata: string | undefined) {
    this.#resourceMetadata = resourceMetadata;
  }

  /** `text`: separated by spaces. */
  of(text: string): RouteRefusals | Refusal {
    const remembered = this.#remembered.get(text);
    if (remembered !== undefined) return remembered;
    const scopes = this.#read(text);
    if (this.#remembered.size < MAX_REMEMBERED) this.#remembered.set(text, scopes);
    return scopes;
  }

  #read(text: string): RouteRefusals | Refusal {
    const required = parseScopeParameter(text);
    if (required.length === 0) return NONE;
    if (!required.every(isKnownScope)) return UNKNOWN;
    return new RouteRefusals(required, this.#resourceMetadata);
  }
}
