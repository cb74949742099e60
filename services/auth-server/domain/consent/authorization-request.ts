import { AppError } from '#common/errors/app-error.ts';
import { type ActorMode, parseScopeParameter } from '#common/scopes/algebra.ts';
import { inCatalogOrder } from '#common/scopes/catalog.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import type { ApiResources } from '../api-resources.ts';
import type { App } from '../app/app.ts';
import { listRefusedScopes, type OAuthErrorCode } from '../oauth-error.ts';
import { matchesRegisteredRedirectUri } from '../redirect-uri.ts';
import type { Stores } from '../stores.ts';
import type { AuthorizationResponder } from './authorization-response.ts';

/** The parameters of RFC 6749 section 4.1.1, RFC 7636 section 4.3, and `actor`. Empty ones count as missing. */
export interface AuthorizationParameters {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly scope: string;
  readonly actor: string;
  readonly state: string;
  readonly code_challenge: string;
  readonly code_challenge_method: string;
  readonly response_type: string;
  /**
   * The next four are of RFC 9101 and OpenID Connect, which are not supported: rejected, except for `query` as the response mode
   * and prompts without `none`.
   */
  readonly request: string;
  readonly request_uri: string;
  readonly response_mode: string;
  readonly prompt: string;
  /** RFC 8707. */
  readonly resources: readonly string[];
  /** Names of parameters that were sent more than once, which RFC 6749 section 3.1 forbids. */
  readonly duplicates: readonly string[];
}

export interface AuthorizationRequest {
  readonly app: App;
  readonly redirectUri: string;
  readonly actor: ActorMode;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly codeChallenge: string | null;
}

/** What the checks need in addition to the stores. */
export interface AuthorizationRules {
  readonly responder: AuthorizationResponder;
  readonly apiResources: ApiResources;
}

const MAX_STATE_LENGTH = 4_096;
/** RFC 7636 section 4.2: the base64url of a SHA-256. */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Checks an authorization request. As RFC 6749 section 4.1.2.1 requires, an invalid client or redirect URI is shown to the
 * user only, and so is an invalid `state`; any other error may also be sent to the app.
 */
export async function checkAuthorizationRequest(
  stores: Stores,
  parameters: AuthorizationParameters,
  { responder, apiResources }: AuthorizationRules,
): Promise<AuthorizationRequest> {
  const app = await requireClient(stores, parameters);
  const { redirect_uri: redirectUri, state, duplicates } = parameters;
  // Without a valid `state` the app could not match a response to its request, so no error is sent to the app.
  if (duplicates.includes('state')) throw authorizationError('invalid_request', 'state is duplicated');
  if (state.length > MAX_STATE_LENGTH) {
    throw authorizationError('invalid_request', `state must be at most ${MAX_STATE_LENGTH} characters`);
  }
  const redirectedError = (error: OAuthErrorCode, description: string) =>
    authorizationError(error, description, responder.error({ redirectUri, state }, error, description));

  if (duplicates.length > 0) throw redirectedError('invalid_request', `duplicate parameters: ${duplicates.join(', ')}`);
  rejectUnsupported(parameters, redirectedError);
  const resourceProblem = apiResources.problemWith(parameters.resources);
  if (resourceProblem !== undefined) throw redirectedError('invalid_target', resourceProblem);
  if (app.status === 'suspended') throw redirectedError('unauthorized_client', 'the app is suspended');
  if (app.ownerSuspended)
    throw redirectedError('unauthorized_client', 'the organization that owns the app is suspended');
  return {
    app,
    redirectUri,
    state,
    codeChallenge: checkChallenge(app, parameters, redirectedError),
    actor: checkActor(app, parameters.actor, redirectedError),
    scopes: checkScope(app, parameters.scope, redirectedError),
  };
}

/** The error of an authorization request. Pass `redirectTo` only if redirecting is safe. */
export function authorizationError(oauthError: OAuthErrorCode, description: string, redirectTo?: string): AppError {
  const extras = redirectTo === undefined ? { oauthError } : { oauthError, redirectTo };
  return new AppError(ErrorReason.AUTHORIZATION_REFUSED, description, extras);
}

type RedirectedError = (error: OAuthErrorCode, description: string) => AppError;

async function requireClient(stores: Stores, parameters: AuthorizationParameters): Promise<App> {
  for (const name of ['client_id', 'redirect_uri'] as const) {
    if (parameters.duplicates.includes(name)) throw authorizationError('invalid_request', `${name} is duplicated`);
    if (parameters[name] === '') throw authorizationError('invalid_request', `${name} is missing`);
  }
  const app = await stores.apps.findByClientId(parameters.client_id);
  if (app === undefined) throw authorizationError('invalid_request', 'client_id is unknown');
  if (!matchesRegisteredRedirectUri(parameters.redirect_uri, app.redirectUris)) {
    throw authorizationError('invalid_request', 'redirect_uri is not registered for this app; it must match exactly');
  }
  return app;
}

/** Rejects response types, response modes, request objects and prompts that are not supported. */
function rejectUnsupported(parameters: AuthorizationParameters, redirectedError: RedirectedError): void {
  if (parameters.response_type === '')
    throw redirectedError('invalid_request', 'response_type is missing; it must be code');
  if (parameters.response_type !== 'code')
    throw redirectedError('unsupported_response_type', 'response_type must be code');
  if (parameters.request !== '') throw redirectedError('request_not_supported', 'request objects are not supported');
  if (parameters.request_uri !== '') throw redirectedError('request_uri_not_supported', 'request_uri is not supported');
  if (parameters.response_mode !== '' && parameters.response_mode !== 'query') {
    throw redirectedError('invalid_request', 'response_mode must be query');
  }
  if (parameters.prompt.split(' ').includes('none')) {
    throw redirectedError('consent_required', 'an admin is always asked, so prompt cannot be none');
  }
}

function checkChallenge(
  app: App,
  parameters: AuthorizationParameters,
  redirectedError: RedirectedError,
): string | null {
  const { code_challenge: challenge, code_challenge_method: method } = parameters;
  if (challenge === '' && method === '') {
    if (app.requirePkce) throw redirectedError('invalid_request', 'this app requires PKCE: send code_challenge');
    return null;
  }
  if (challenge === '') throw redirectedError('invalid_request', 'code_challenge is missing');
  // The default is `plain` (RFC 7636 section 4.3), which adds no protection beyond TLS.
  if (method !== 'S256') throw redirectedError('invalid_request', 'code_challenge_method must be S256');
  if (!S256_CHALLENGE.test(challenge)) {
    throw redirectedError('invalid_request', 'code_challenge must be the base64url of a SHA-256: 43 characters');
  }
  return challenge;
}

function checkActor(app: App, requested: string, redirectedError: RedirectedError): ActorMode {
  const modes = app.allowedActorModes;
  if (requested === '' && modes.length === 1) return modes[0] as ActorMode;
  const actor = modes.find((mode) => mode === requested);
  if (actor === undefined) throw redirectedError('invalid_request', `actor must be one of: ${modes.join(', ')}`);
  return actor;
}

/** Rejects an approval with an empty `scope`, which would count as missing and so grant all declared scopes. */
export function requireSomeScope(scope: string): void {
  if (parseScopeParameter(scope).length > 0) return;
  throw authorizationError('invalid_scope', 'scope is empty; to grant nothing, deny the request');
}

function checkScope(app: App, requested: string, redirectedError: RedirectedError): string[] {
  if (requested === '') return [...app.declaredScopes];
  const names = parseScopeParameter(requested);
  if (names.length === 0)
    throw redirectedError('invalid_scope', 'scope is empty; leave it out to request all declared scopes');
  const undeclared = names.filter((name) => !app.declaredScopes.includes(name));
  if (undeclared.length > 0) {
    throw redirectedError('invalid_scope', `not declared by the app: ${listRefusedScopes(undeclared)}`);
  }
  return inCatalogOrder(names);
}
