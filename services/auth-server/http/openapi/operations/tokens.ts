import type { Operation } from '../operation.ts';

const TAG = 'Tokens';

/** The endpoints that apps call with their client credentials. */
export const TOKEN_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/oauth/token',
    id: 'issueTokens',
    tag: TAG,
    summary: 'Exchange a code, or refresh tokens',
    caller: 'client',
    request: { schema: 'TokenRequest' },
    success: { status: 200, schema: 'Tokens' },
  },
  {
    method: 'post',
    path: '/oauth/revoke',
    id: 'revokeToken',
    tag: TAG,
    summary: 'Revoke a token',
    description: 'RFC 7009. An unknown token is a success, too.',
    caller: 'client',
    request: { schema: 'TokenToRevoke' },
    success: { status: 200, schema: 'Revoked' },
  },
  {
    method: 'post',
    path: '/oauth/introspect',
    id: 'introspectToken',
    tag: TAG,
    summary: 'Introspect an access token',
    description: 'RFC 7662. Only for access tokens of the app itself; any other token is inactive.',
    caller: 'client',
    request: { schema: 'TokenToIntrospect' },
    success: { status: 200, schema: 'Introspection' },
  },
  {
    method: 'post',
    path: '/oauth/webhook_secret',
    id: 'createWebhookSecret',
    tag: 'Webhooks',
    summary: 'Create a signing secret for an install',
    description: 'Replaces the signing secret of the hook. It is not shown again.',
    caller: 'client',
    request: { schema: 'WebhookSecretRequest' },
    success: { status: 200, schema: 'WebhookSecret' },
    errors: [404],
  },
];
