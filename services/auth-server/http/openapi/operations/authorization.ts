import { operations, type QueryParameter } from '../operation.ts';
import { PAGING } from '../paging.ts';

const REQUEST: readonly QueryParameter[] = [
  { name: 'response_type', description: 'Must be `code`.', required: true },
  { name: 'client_id', description: 'The client ID of the app.', required: true },
  {
    name: 'redirect_uri',
    description: 'One of the redirect URIs of the app, exactly; for 127.0.0.1 and [::1], the port may differ.',
    required: true,
  },
  { name: 'scope', description: 'Declared scopes, separated by spaces. Default: all.' },
  { name: 'actor', description: '`app` or `self`. Required if the app allows both.' },
  { name: 'state', description: 'Returned to the app unchanged; at most 4,096 characters.' },
  {
    name: 'code_challenge',
    description: 'PKCE: base64url of the SHA-256 of the code verifier. Required if the app requires PKCE.',
  },
  { name: 'code_challenge_method', description: 'PKCE: must be `S256`.' },
  { name: 'resource', description: 'RFC 8707: an address of the API. May be repeated.' },
];

/** Consent: what an app requests, and the decision of the user. */
export const AUTHORIZATION_OPERATIONS = operations('Authorization', 'user', {
  viewAuthorizationRequest: {
    route: 'GET /oauth/authorize',
    summary: 'Check an authorization request',
    description:
      'Apps send a browser here, which is redirected to the consent page (302). With a bearer token, or with `Accept: ' +
      'application/json`, the response is what a consent page shows.',
    query: [
      ...REQUEST,
      { name: 'organization_search', description: 'Part of the name or subdomain of an organization.' },
      ...PAGING,
    ],
    success: { status: 200, schema: 'AuthorizationRequest' },
  },
  decideAuthorizationRequest: {
    route: 'POST /oauth/authorize/consent',
    summary: 'Approve or deny an authorization request',
    description: 'For consent pages. To approve, the user must be an admin of the organization.',
    request: { schema: 'ConsentDecision' },
    success: { status: 200, schema: 'Decision' },
    errors: [403],
  },
});
