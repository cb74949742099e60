import type { Refusal } from '@featureos/introspection-client';
import type { Identity } from './identity.ts';

/** The headers of an allowed request for the upstream: the name, and the value for an identity. */
export const IDENTITY_HEADERS: readonly (readonly [name: string, textOf: (identity: Identity) => string])[] = [
  ['x-oauth-organization-id', ({ organizationId }) => organizationId],
  ['x-oauth-organization', ({ organization }) => organization],
  ['x-oauth-client-id', ({ clientId }) => clientId],
  ['x-oauth-install-id', ({ installId }) => installId],
  ['x-oauth-actor', ({ actor }) => actor],
  ['x-oauth-user-id', ({ userId }) => userId],
  ['x-oauth-scopes', ({ scopes }) => scopes.join(' ')],
];

/** The headers of every response that a client may see, as in the v3 API. */
export const RESPONSE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** The headers of a response that denies access. */
export function refusalHeaders({ challenge }: Pick<Refusal, 'challenge'>): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    ...RESPONSE_HEADERS,
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
  };
}
