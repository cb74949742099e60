import type { Refusal } from '@featureos/introspection-client';
import type { Identity } from './identity.ts';

/** What the upstream is told of an allowed request: name of the header, and its value. */
export const IDENTITY_HEADERS: readonly (readonly [name: string, textOf: (identity: Identity) => string])[] = [
  ['x-oauth-organization-id', ({ organizationId }) => organizationId],
  ['x-oauth-organization', ({ organization }) => organization],
  ['x-oauth-client-id', ({ clientId }) => clientId],
  ['x-oauth-install-id', ({ installId }) => installId],
  ['x-oauth-actor', ({ actor }) => actor],
  ['x-oauth-user-id', ({ userId }) => userId],
  ['x-oauth-scopes', ({ scopes }) => scopes.join(' ')],
];

/** The headers of every answer that a client may get to see, as the v3 API has them. */
export const ANSWER_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** The headers of a refusal. */
export function refusalHeaders({ challenge }: Pick<Refusal, 'challenge'>): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    ...ANSWER_HEADERS,
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
  };
}
