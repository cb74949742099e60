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

/** The parameters of RFC 6749 section 4.1.1, RFC 7636 section 4.3, and `actor`; empty ones count as left out. */
interface AuthorizationParameters {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly scope: string;
  readonly actor: string;
  readonly state: string;
  readonly code_challenge: string;
  readonly code_challenge_method: string;
  readonly response_type: string;
  /** These four are of extensions that we do not have: RFC 9101, and OpenID Connect and its response modes. */
  readonly request: string;
  readonly request_uri: string;
  readonly response_mode: string;
  readonly prompt: string;
  /** RFC 8707; none: left out. */
  readonly resources: readonly string[];
}

/** Parameters as they came, with the names of those that came more than once (RFC 6749 section 3.1 forbids it). */
export interface GivenAuthorizationParameters extends AuthorizationParameters {
  readonly repeated: readonly string[];
}

/** A request that was checked. */
export interface AuthorizationRequest {
  readonly app: App;
  readonly redirectUri: string;
  readonly actor: ActorMode;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly codeChallenge: string | null;
}

/** What a request is checked by besides what is stored. */
export interface AuthorizationRules {
  readonly responder: AuthorizationResponder;
  readonly apiResources: ApiResources;
}

const MAX_STATE_LENGTH = 4_096;
/** RFC 7636 section 4.2: the base64url of a SHA-256. */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Checks an authorization request in the order of RFC 6749 section 4.1.2.1: what is wrong with client or redirect URI is
 * only said to the user, everything else may be sent back to the app.
 */
export async function checkAuthorizationRequest(
  stores: Stores,
  given: GivenAuthorizationParameters,
  { responder, apiResources }: AuthorizationRules,
): Promise<AuthorizationRequest> {
  const app = await requireClient(stores, given);
  const { redirect_uri: redirectUri, state, repeated } = given;
  // An app can match no answer to a request without its `state`, so nothing is sent back to it.
  if (repeated.includes('state')) throw refused('invalid_request', 'state is given twice');
  if (state.length > MAX_STATE_LENGTH) {
    throw refused('invalid_request', `state must be at most ${MAX_STATE_LENGTH} characters`);
  }
  const refuse = (error: OAuthErrorCode, description: string) =>
    refused(error, description, responder.error({ redirectUri, state }, error, description));

  if (repeated.length > 0) throw refuse('invalid_request', `given twice: ${repeated.join(', ')}`);
  checkResponse(given, refuse);
  const resourceProblem = apiResources.problemWith(given.resources);
  if (resourceProblem !== undefined) throw refuse('invalid_target', resourceProblem);
  if (app.status === 'suspended') throw refuse('unauthorized_client', 'the app is suspended');
  if (app.ownerSuspended) throw refuse('unauthorized_client', 'the organization that owns the app is suspended');
  return {
    app,
    redirectUri,
    state,
    codeChallenge: checkChallenge(app, given, refuse),
    actor: checkActor(app, given.actor, refuse),
    scopes: checkScope(app, given.scope, refuse),
  };
}

/** The error of an authorization request; with `redirectTo` only where redirecting is safe. */
export function refused(oauthError: OAuthErrorCode, description: string, redirectTo?: string): AppError {
  const extras = redirectTo === undefined ? { oauthError } : { oauthError, redirectTo };
  return new AppError(ErrorReason.AUTHORIZATION_REFUSED, description, extras);
}

type Refuse = (error: OAuthErrorCode, description: string) => AppError;

async function requireClient(stores: Stores, given: GivenAuthorizationParameters): Promise<App> {
  for (const name of ['client_id', 'redirect_uri'] as const) {
    if (given.repeated.includes(name)) throw refused('invalid_request', `${name} is given twice`);
    if (given[name] === '') throw refused('invalid_request', `${name} is missing`);
  }
  const app = await stores.apps.findByClientId(given.client_id);
  if (app === undefined) throw refused('invalid_request', 'client_id is not known');
  if (!matchesRegisteredRedirectUri(given.redirect_uri, app.redirectUris)) {
    throw refused('invalid_request', 'redirect_uri is not one that the app has registered; it must match exactly');
  }
  return app;
}

/** How the app wants its answer: what we cannot do is refused, since the app would wait for something else. */
function checkResponse(given: AuthorizationParameters, refuse: Refuse): void {
  if (given.response_type === '') throw refuse('invalid_request', 'response_type is missing; it must be code');
  if (given.response_type !== 'code') throw refuse('unsupported_response_type', 'response_type must be code');
  if (given.request !== '') throw refuse('request_not_supported', 'request objects are not supported');
  if (given.request_uri !== '') throw refuse('request_uri_not_supported', 'request_uri is not supported');
  if (given.response_mode !== '' && given.response_mode !== 'query') {
    throw refuse('invalid_request', 'response_mode must be query');
  }
  if (given.prompt.split(' ').includes('none')) {
    throw refuse('consent_required', 'an admin is always asked, so prompt cannot be none');
  }
}

function checkChallenge(app: App, given: AuthorizationParameters, refuse: Refuse): string | null {
  const { code_challenge: challenge, code_challenge_method: method } = given;
  if (challenge === '' && method === '') {
    if (app.requirePkce) throw refuse('invalid_request', 'this app requires PKCE: send code_challenge');
    return null;
  }
  if (challenge === '') throw refuse('invalid_request', 'code_challenge is missing');
  // Left out means `plain` (RFC 7636 section 4.3), which protects nothing that TLS does not.
  if (method !== 'S256') throw refuse('invalid_request', 'code_challenge_method must be S256');
  if (!S256_CHALLENGE.test(challenge)) {
    throw refuse('invalid_request', 'code_challenge must be the base64url of a SHA-256: 43 characters');
  }
  return challenge;
}

function checkActor(app: App, given: string, refuse: Refuse): ActorMode {
  const modes = app.allowedActorModes;
  if (given === '' && modes.length === 1) return modes[0] as ActorMode;
  const actor = modes.find((mode) => mode === given);
  if (actor === undefined) throw refuse('invalid_request', `actor must be one of: ${modes.join(', ')}`);
  return actor;
}

/** Left out means all that was asked for; a decision that grants nothing must not come to mean that. */
export function requireSomeScope(given: string): void {
  if (parseScopeParameter(given).length > 0) return;
  throw refused('invalid_scope', 'scope names nothing to grant; to grant nothing, deny');
}

function checkScope(app: App, given: string, refuse: Refuse): string[] {
  if (given === '') return [...app.declaredScopes];
  const names = parseScopeParameter(given);
  if (names.length === 0) throw refuse('invalid_scope', 'scope names nothing; leave it out to ask for all');
  const undeclared = names.filter((name) => !app.declaredScopes.includes(name));
  if (undeclared.length > 0) {
    throw refuse('invalid_scope', `not declared by the app: ${listRefusedScopes(undeclared)}`);
  }
  return inCatalogOrder(names);
}
