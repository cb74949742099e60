import type { Refusal } from '@featureos/introspection-client';
import type { Identity } from './identity.ts';

/** The headers that an upstream gets with an allowed request, and the field of Identity for each. SCOPES_HEADER is separate. */
export const IDENTITY_HEADERS = [
  ['x-oauth-organization-id', 'organizationId'],
  ['x-oauth-organization', 'organization'],
  ['x-oauth-client-id', 'clientId'],
  ['x-oauth-install-id', 'installId'],
  ['x-oauth-actor', 'actor'],
  ['x-oauth-user-id', 'userId'],
] as const satisfies readonly (readonly [name: string, field: keyof Identity])[];

/** The header with all scopes, separated by spaces. */
export const SCOPES_HEADER = 'x-oauth-scopes';

/** The headers of every response that a client may see, as in the v3 API. */
export const RESPONSE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** The headers of a response that denies access or reports an error. */
export function refusalHeaders({ challenge }: Pick<Refusal, 'challenge'>): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    ...RESPONSE_HEADERS,
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
  };
}
