import { Refusal } from '#common/http/v3-refusals.ts';
import { parseScopeParameter } from '#common/scopes/algebra.ts';
import { isKnownScope } from '#common/scopes/catalog.ts';

const NONE = new Refusal(403, 'No OAuth scope is configured for this route');
const UNKNOWN = new Refusal(403, 'The OAuth scope that is configured for this route does not exist');

/** Routes of all proxies have few different ones; whatever is above is worked out each time. */
const MAX_REMEMBERED = 256;

/** The scopes that the configuration of a proxy asks for, or why it lets nobody pass. */
export class RequiredScopes {
  readonly #remembered = new Map<string, readonly string[] | Refusal>();

  /** `text`: separated by spaces; all of them are required. */
  of(text: string): readonly string[] | Refusal {
    const remembered = this.#remembered.get(text);
    if (remembered !== undefined) return remembered;
    const scopes = read(text);
    if (this.#remembered.size < MAX_REMEMBERED) this.#remembered.set(text, scopes);
    return scopes;
  }
}

function read(text: string): readonly string[] | Refusal {
  const scopes = parseScopeParameter(text);
  if (scopes.length === 0) return NONE;
  return scopes.every(isKnownScope) ? scopes : UNKNOWN;
}
