import type { Refusal } from '@featureos/introspection-client';

/** The statuses that a kind of proxy expects. */
export interface Endpoint {
  /** For an allowed request; sent with the identity headers. */
  readonly allowed: number;
  readonly denied: (status: Refusal['status']) => number;
}

export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  // Traefik forwardAuth, Caddy forward_auth: 2xx allows; any other response goes to the client.
  ['/authz/forward', { allowed: 200, denied: (status) => status }],
  // nginx auth_request understands 2xx, 401 and 403; anything else becomes 500.
  ['/authz/request', { allowed: 204, denied: (status) => (status === 400 ? 401 : status) }],
]);
