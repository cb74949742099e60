import { z } from 'zod';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { SUBSCRIBABLE_EVENTS, WEBHOOK_EVENTS } from '../../domain/webhook/event-catalog.ts';
import { DELIVERY_STATUSES } from '../../domain/webhook/webhook.ts';
import type {
  appJson,
  consentJson,
  deliveryJson,
  failedRequestJson,
  hookJson,
  installJson,
  rotatedSecretJson,
  tokenJson,
} from '../serializers.ts';

/**
 * The type of a schema for a serializer's result. A field of the result that is missing in the schema is a compile error; the
 * opposite is found by test/integration/openapi.test.ts.
 */
type SchemaOf<Serializer extends (...parameters: never[]) => unknown> = z.ZodType<Plain<ReturnType<Serializer>>>;

/** The type after JSON serialization: ids without their brands. */
type Plain<Value> = Value extends string
  ? string
  : Value extends number
    ? number
    : Value extends readonly (infer Item)[]
      ? readonly Plain<Item>[]
      : Value extends object
        ? { readonly [Name in keyof Value]: Plain<Value[Name]> }
        : Value;

const time = z.iso.datetime().describe('RFC 3339, in UTC.');
const scope = z.enum(SCOPE_CATALOG.map(({ name }) => name) as [string, ...string[]]);
const actor = z.enum(['app', 'self']).describe('`app`: the bot of the app. `self`: the user who authorized it.');
const clientId = z.string().describe('Begins with `foapp_`.');
const organizationRef = z.object({ id: z.int(), subdomain: z.string() });
const namedOrganization = organizationRef.extend({ name: z.string() });
const webhookEvents = z.array(z.enum(WEBHOOK_EVENTS as readonly string[]));

const address = z.string().nullable();
const profile = {
  description: z.string().nullable().describe('What the app does.'),
  homepage_url: address,
  privacy_policy_url: address,
  terms_url: address,
  support_address: address.describe('An email address or an https URL.'),
  initiate_login_uri: address.describe('Where the app starts an authorization request.'),
  logo_path: z.string().nullable().describe('The path of a PNG of 256 x 256 pixels on this server.'),
  verification: z
    .enum(['not_reviewed', 'verified'])
    .describe('`verified`: an operator has verified that the app belongs to the organization that owns it.'),
};

const app = z.object({
  client_id: clientId,
  name: z.string(),
  owner_organization: namedOrganization,
  redirect_uris: z.array(z.string()),
  allowed_actor_modes: z.array(actor),
  declared_scopes: z.array(scope),
  webhook_url: z.string().nullable(),
  subscribed_webhook_events: z.array(z.enum(SUBSCRIBABLE_EVENTS)),
  require_pkce: z.boolean(),
  ...profile,
  logo_source_sha256: z.string().nullable().describe('SHA-256 of the image that was uploaded as the logo, in hex.'),
  status: z.enum(['active', 'suspended']),
  created_at: time,
  updated_at: time,
  secrets: z
    .array(
      z.object({
        hint: z.string().describe('The last characters of the secret.'),
        created_at: time,
        last_used_at: time.nullable().describe('Precise to the minute. Null if never used.'),
        expires_at: time.nullable().describe('Null unless the secret was replaced with an overlap.'),
      }),
    )
    .describe('The client secrets that are valid now.'),
}) satisfies SchemaOf<typeof appJson>;

const install = z.object({
  id: z.uuid(),
  client_id: clientId,
  app_name: z.string(),
  app_profile: z.object(profile),
  organization: organizationRef,
  actor,
  user_id: z.int().describe('The user or bot that the token acts as.'),
  granted_scopes: z.array(scope),
  granted_webhook_events: webhookEvents,
  status: z.enum(['active', 'disconnecting', 'revoked']),
  installed_by: z.int().describe('The user who authorized the app.'),
  installed_at: time,
  last_used_at: time.nullable(),
}) satisfies SchemaOf<typeof installJson>;

const authorizationRequest = z.object({
  app: z.object({
    client_id: clientId,
    name: z.string(),
    owner_organization: namedOrganization,
    profile: z.object(profile),
  }),
  redirect_uri: z.string(),
  actor,
  allowed_actor_modes: z.array(actor),
  requested_scopes: z.array(
    z.object({
      name: scope,
      description: z.string(),
      example: z.string().describe('An example of what an app can see or do with it.'),
      sensitive: z.boolean(),
    }),
  ),
  webhook_events: webhookEvents,
  organizations: z.array(
    namedOrganization.extend({
      role: z.enum(['admin', 'manager', 'csm', 'member', 'collaborator']),
      is_sandbox: z
        .boolean()
        .describe('Whether this is the sandbox of the owner of the app. Other sandboxes are not listed.'),
      may_install: z.boolean(),
      policy_refusal: z
        .enum(['app_blocked', 'app_not_allowed', 'app_not_verified', 'scopes_not_permitted'])
        .nullable()
        .describe('Why the install policy of the organization refuses the app; null if it does not.'),
      permitted_scopes: z.array(scope).describe('The requested scopes that the install policy permits.'),
      installed: install.nullable(),
    }),
  ),
}) satisfies SchemaOf<typeof consentJson>;

const tokens = z.object({
  access_token: z.string().describe('Begins with `foot_`.'),
  refresh_token: z.string().describe('Begins with `foor_`.'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds until the access token expires.'),
  scope: z.string().describe('The granted scopes, separated by spaces. They can be fewer than the app requested.'),
}) satisfies SchemaOf<typeof tokenJson>;

const introspection = z.union([
  z.object({ active: z.literal(false) }),
  z.object({
    active: z.literal(true),
    scope: z.string().describe('What the token allows now.'),
    client_id: clientId,
    token_type: z.literal('Bearer'),
    sub: z.string().describe('The id of the user or bot that the token acts as.'),
    iat: z.int(),
    exp: z.int(),
    actor,
    organization: namedOrganization.partial({ name: true }),
    install_id: z.uuid(),
  }),
]);

const hook = z.object({
  id: z.uuid(),
  install_id: z.uuid().nullable().describe('Null for the hook that receives the lifecycle and test events of the app.'),
  organization: namedOrganization.nullable(),
  url: z.string().nullable(),
  events: z.array(z.enum(SUBSCRIBABLE_EVENTS)),
  enabled: z.boolean(),
  disabled_at: time.nullable(),
  secret_created_at: time,
  previous_secret_expires_at: time.nullable(),
}) satisfies SchemaOf<typeof hookJson>;

const delivery = z.object({
  id: z.uuid().describe('The `webhook-id` of its requests.'),
  hook_id: z.uuid(),
  organization: namedOrganization,
  event_type: z.enum(SUBSCRIBABLE_EVENTS),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z
    .array(
      z.object({
        started_at: time,
        duration_ms: z.int(),
        http_status: z.int().nullable(),
        error: z.string().nullable(),
        response_excerpt: z.string().describe('The first KiB of the response body.'),
      }),
    )
    .describe('The most recent attempts, oldest first.'),
  created_at: time,
  next_attempt_at: time.nullable(),
}) satisfies SchemaOf<typeof deliveryJson>;

const webhookSecret = z.object({
  hook_id: z.uuid(),
  secret: z.string().describe('Begins with `whsec_`. Shown only here.'),
  previous_expires_at: time,
}) satisfies SchemaOf<typeof rotatedSecretJson>;

const failedRequest = z.object({
  endpoint: z.string().describe('The path, such as `/oauth/token`.'),
  grant_type: z.string().describe('Empty for endpoints other than `/oauth/token`, and if it is unknown.'),
  error: z.string().describe('`error` of the response.'),
  error_description: z.string().describe('For developers. Do not compare it.'),
  organization: namedOrganization
    .nullable()
    .describe('The organization of the code or token, if that was issued to the app.'),
  count: z.int().describe('Equal failures within a minute are counted together.'),
  last_failed_at: time,
  request_id: z.string().describe('The `X-Request-Id` of the last of these requests.'),
}) satisfies SchemaOf<typeof failedRequestJson>;

const clientSecret = z.string().describe('Begins with `fosec_`. Shown only here.');

const error = z.object({
  message: z.string(),
  status: z.int(),
  success: z.literal(false),
  reason: z.literal('PROPAGATION_PENDING').optional().describe('A 503: the change is saved; repeat the request.'),
  errors: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe('Only with status 422: the messages for each field.'),
});

const oauthError = z.object({
  error: z.string().describe('A code of RFC 6749 or RFC 8707.'),
  error_description: z.string().optional().describe('For developers. Do not compare it.'),
  // These fields of `error` are only in a 503 with PROPAGATION_PENDING, which has no error_description.
  message: z.string().optional(),
  status: z.int().optional(),
  success: z.literal(false).optional(),
  reason: z.literal('PROPAGATION_PENDING').optional().describe('A 503: the change is saved; repeat the request.'),
});

const authorizationError = z.object({
  error: z.string().describe('A code of RFC 6749, RFC 8707, RFC 9101 or OpenID Connect.'),
  error_description: z.string(),
  redirect_to: z.string().optional().describe('Where to send the browser; missing if redirecting is not safe.'),
});

/** The response bodies by the names of their schemas. */
export const RESPONSE_SCHEMAS = {
  App: app,
  AppResponse: z.object({ app }),
  AppList: z.object({ apps: z.array(app) }),
  RegisteredApp: z.object({ app, client_id: clientId, client_secret: clientSecret }),
  FailedRequestList: z.object({ failed_requests: z.array(failedRequest) }),
  RotatedClientSecret: z.object({
    client_secret: clientSecret,
    previous_expires_at: time.describe('When the previous secret expires. Older ones expire no later.'),
  }),
  AuthorizationRequest: authorizationRequest,
  Decision: z.object({ redirect_to: z.string().describe('Where to send the browser.') }),
  Install: install,
  InstallList: z.object({ installs: z.array(install) }),
  Tokens: tokens,
  Introspection: introspection,
  Revoked: z.object({}),
  Hook: hook,
  HookResponse: z.object({ hook }),
  HookList: z.object({ hooks: z.array(hook) }),
  Delivery: delivery,
  DeliveryResponse: z.object({ delivery }),
  DeliveryList: z.object({ deliveries: z.array(delivery) }),
  WebhookSecret: webhookSecret,
  Error: error,
  OAuthError: oauthError,
  AuthorizationError: z.union([authorizationError, error]),
};

export type ResponseName = keyof typeof RESPONSE_SCHEMAS;
