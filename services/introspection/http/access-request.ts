import type { IncomingMessage } from 'node:http';
import type { AccessRequest } from '../authorization/authorizer.ts';

/** Where proxies say which scope a route asks for. Only one place is looked at: the other one may be filled by a client. */
export type ScopeSource = 'query' | 'header';

const SCOPE_HEADER = 'x-oauth-scope';

/**
 * What a proxy asks. Nothing but `authorization` is taken from what its client has sent: neither `x-forwarded-*` nor the
 * identity headers count.
 */
export function accessRequestOf({ headersDistinct }: IncomingMessage, url: URL, source: ScopeSource): AccessRequest {
  const scopes = source === 'query' ? url.searchParams.getAll('scope') : (headersDistinct[SCOPE_HEADER] ?? []);
  return { authorization: headersDistinct.authorization ?? [], requiredScope: scopes.join(' ') };
}
