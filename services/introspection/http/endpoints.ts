import type { Refusal } from '@featureos/introspection-client';

/** One way in which proxies ask. */
export interface Endpoint {
  /** The status of an allowed request; its identity headers come with it. */
  readonly allowed: number;
  /** What a refusal is sent with. */
  readonly refused: (status: Refusal['status']) => number;
}

export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  // Traefik forwardAuth, Caddy forward_auth: 2xx lets pass, anything else is the client's answer.
  ['/authz/forward', { allowed: 200, refused: (status) => status }],
  // nginx auth_request takes 2xx, 401 and 403; it makes 500 of anything else.
  ['/authz/request', { allowed: 204, refused: (status) => (status === 400 ? 401 : status) }],
]);
