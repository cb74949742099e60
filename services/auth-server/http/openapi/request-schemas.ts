import { z } from 'zod';
import { optional } from '../../domain/app/app-field-rules.ts';
import { APP_FIELDS } from '../../domain/app/app-fields.ts';
import { MAX_OVERLAP_SECONDS } from '../../domain/secret-overlap.ts';

const overlapSeconds = z
  .int()
  .min(0)
  .max(MAX_OVERLAP_SECONDS)
  .default(0)
  .describe('How many seconds the previous secret remains valid.');

/** The alternative to HTTP Basic. A request with HTTP Basic and a `client_secret` is rejected. */
const clientCredentials = {
  client_id: z.string().optional().describe('Required unless the request uses HTTP Basic.'),
  client_secret: z.string().optional().describe('Required unless the request uses HTTP Basic.'),
};

const resource = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .describe('RFC 8707: an address of the API.');

const text = (description: string) => z.string().optional().describe(description);

/** The request bodies by the names of their schemas. OAuth endpoints ignore unknown members. */
export const REQUEST_SCHEMAS = {
  AppRegistration: z.strictObject(APP_FIELDS),
  AppChange: z.strictObject(optional(APP_FIELDS)),
  SecretRotation: z.strictObject({ overlap_seconds: overlapSeconds }),
  ConsentDecision: z.looseObject({
    client_id: z.string(),
    redirect_uri: z.string(),
    target_organization_id: z.union([z.int(), z.string()]).optional().describe('Required to approve.'),
    decision: z.enum(['approve', 'deny']).default('approve'),
    actor: text('As in the authorization request.'),
    scope: text('What to grant. Default: all declared scopes of the app.'),
    granted_webhook_events: z.array(z.string()).optional().describe('Default: all that the app subscribes to.'),
    state: text('As in the authorization request.'),
    code_challenge: text('As in the authorization request.'),
    code_challenge_method: text('As in the authorization request.'),
    resource,
  }),
  TokenRequest: z.looseObject({
    ...clientCredentials,
    grant_type: z.enum(['authorization_code', 'refresh_token']),
    code: text('authorization_code: the code from the redirect.'),
    redirect_uri: text('authorization_code: the redirect URI of the authorization request.'),
    code_verifier: text('authorization_code: required if the authorization request had a code_challenge.'),
    refresh_token: text('refresh_token: the newest refresh token of the install.'),
    scope: text('refresh_token: at most what was granted. The response always lists every granted scope.'),
    resource,
  }),
  TokenToRevoke: z.looseObject({
    ...clientCredentials,
    token: z
      .string()
      .describe('Revoking an access token affects only that token; revoking the live refresh token ends the install.'),
    token_type_hint: text('Not needed.'),
  }),
  TokenToIntrospect: z.looseObject({ ...clientCredentials, token: z.string().describe('An access token.') }),
  WebhookSecretRequest: z.looseObject({
    ...clientCredentials,
    install_id: z.string(),
    overlap_seconds: text('How many seconds the previous secret remains valid, as a string of digits. Default: 0.'),
  }),
};

export type RequestName = keyof typeof REQUEST_SCHEMAS;
