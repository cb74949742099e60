import { operations } from '../operation.ts';

/** The endpoints that apps call with their client credentials. */
export const TOKEN_OPERATIONS = operations('Tokens', 'client', {
  issueTokens: {
    route: 'POST /oauth/token',
    summary: 'Exchange a code, or refresh tokens',
    request: { schema: 'TokenRequest' },
    success: { status: 200, schema: 'Tokens' },
  },
  revokeToken: {
    route: 'POST /oauth/revoke',
    summary: 'Revoke a token',
    description: 'RFC 7009. An unknown token gets the same response.',
    request: { schema: 'TokenToRevoke' },
    success: { status: 200, schema: 'Revoked' },
  },
  introspectToken: {
    route: 'POST /oauth/introspect',
    summary: 'Introspect an access token',
    description: 'RFC 7662. Only for access tokens issued to the calling app; any other token is inactive.',
    request: { schema: 'TokenToIntrospect' },
    success: { status: 200, schema: 'Introspection' },
  },
  createWebhookSecret: {
    route: 'POST /oauth/webhook_secret',
    tag: 'Webhooks',
    summary: 'Create a signing secret for an install',
    description:
      'The response has the new signing secret of the hook. It is not shown again. The previous secret remains valid for ' +
      '`overlap_seconds`.',
    request: { schema: 'WebhookSecretRequest' },
    success: { status: 200, schema: 'WebhookSecret' },
    errors: [404],
  },
});
