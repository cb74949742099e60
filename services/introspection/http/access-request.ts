import type { IncomingMessage } from 'node:http';
import type { AccessRequest } from '../authorization/authorizer.ts';

/** Where proxies send the scope of a route. Only that place is read, because a client may be able to set the other. */
export type ScopeSource = 'query' | 'header';

const SCOPE_HEADER = 'x-oauth-scope';

/**
 * The request to authorize. It contains only `authorization` of the client's headers, not `x-forwarded-*` or the identity
 * headers.
 */
export function accessRequestOf({ headersDistinct }: IncomingMessage, url: URL, source: ScopeSource): AccessRequest {
  const scopes = source === 'query' ? url.searchParams.getAll('scope') : (headersDistinct[SCOPE_HEADER] ?? []);
  return { authorization: headersDistinct.authorization ?? [], requiredScope: scopes.join(' ') };
}
