import type { AppWithSecrets } from '../domain/app/app.ts';
import { toAppColumns } from '../domain/app/app-fields.ts';
import { type AppProfile, logoPath } from '../domain/app/app-profile.ts';
import type { ListedFailure } from '../domain/app/failed-request-store.ts';
import type { ConsentView } from '../domain/consent/consent-manager.ts';
import { isSandbox } from '../domain/directory/sandbox.ts';
import type { Install } from '../domain/install/install.ts';
import type { ClientIntrospection } from '../domain/token/token-inspection.ts';
import type { IssuedPair } from '../domain/token/token-pair.ts';
import type { RotatedSecret } from '../domain/webhook/hook-manager.ts';
import type { Delivery, Hook } from '../domain/webhook/webhook.ts';

const time = (date: Date): string => date.toISOString();
const timeOrNull = (date: Date | null): string | null => date && time(date);
const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1_000);

/** An app as its owner sees it, in JSON. */
export function appJson(app: AppWithSecrets) {
  return {
    client_id: app.clientId,
    ...toAppColumns(app),
    logo_path: logoPath(app.logoHash),
    logo_source_sha256: app.logoSourceHash,
    verification: app.verification,
    owner_organization: app.ownerOrganization,
    status: app.status,
    created_at: time(app.createdAt),
    updated_at: time(app.updatedAt),
    secrets: app.secrets.map(({ hint, createdAt, lastUsedAt, expiresAt }) => ({
      hint,
      created_at: time(createdAt),
      last_used_at: timeOrNull(lastUsedAt),
      expires_at: timeOrNull(expiresAt),
    })),
  };
}

/** The public profile of an app. */
function profileJson(profile: AppProfile) {
  return {
    description: profile.description,
    homepage_url: profile.homepageUrl,
    privacy_policy_url: profile.privacyPolicyUrl,
    terms_url: profile.termsUrl,
    support_address: profile.supportAddress,
    initiate_login_uri: profile.initiateLoginUri,
    logo_path: logoPath(profile.logoHash),
    verification: profile.verification,
  };
}

export function installJson(install: Install) {
  const { id, subdomain } = install.organization;
  return {
    id: install.id,
    client_id: install.clientId,
    app_name: install.appName,
    app_profile: profileJson(install.appProfile),
    organization: { id, subdomain },
    actor: install.actorMode,
    user_id: install.userId,
    granted_scopes: install.grantedScopes,
    granted_webhook_events: install.grantedWebhookEvents,
    status: install.status,
    installed_by: install.installedBy,
    installed_at: time(install.installedAt),
    last_used_at: timeOrNull(install.lastUsedAt),
  };
}

/** What a consent page shows. */
export function consentJson(view: ConsentView) {
  const { app } = view;
  return {
    app: {
      client_id: app.clientId,
      name: app.name,
      owner_organization: app.ownerOrganization,
      profile: profileJson(app),
    },
    redirect_uri: view.redirectUri,
    actor: view.actor,
    allowed_actor_modes: app.allowedActorModes,
    requested_scopes: view.requestedScopes,
    webhook_events: view.webhookEvents,
    organizations: view.organizations.map(
      ({ organization, role, mayInstall, refusal, permittedScopes, installed }) => ({
        id: organization.id,
        subdomain: organization.subdomain,
        name: organization.name,
        is_sandbox: isSandbox(organization.id),
        role,
        may_install: mayInstall,
        policy_refusal: refusal ?? null,
        permitted_scopes: permittedScopes,
        installed: installed === undefined ? null : installJson(installed),
      }),
    ),
  };
}

export function failedRequestJson(failure: ListedFailure) {
  return {
    endpoint: failure.endpoint,
    grant_type: failure.grantType,
    error: failure.error,
    error_description: failure.description,
    organization: failure.organization,
    count: failure.count,
    last_failed_at: time(failure.lastFailedAt),
    request_id: failure.requestId,
  };
}

/** RFC 6749 section 5.1. */
export function tokenJson(pair: IssuedPair) {
  return {
    access_token: pair.accessToken.reveal(),
    refresh_token: pair.refreshToken.reveal(),
    token_type: 'Bearer',
    expires_in: pair.expiresInSeconds,
    scope: pair.scopes.join(' '),
  };
}

/** RFC 7662 section 2.2, with the extensions `organization`, `actor` and `install_id`. */
export function introspectionJson(introspection: ClientIntrospection) {
  if (!introspection.active) return { active: false };
  const { state, scopes } = introspection;
  return {
    active: true,
    scope: scopes.join(' '),
    client_id: state.clientId,
    token_type: 'Bearer',
    sub: String(state.userId),
    iat: unixSeconds(state.issuedAt),
    exp: unixSeconds(state.expiresAt),
    actor: state.actorMode,
    organization: state.organization,
    install_id: state.installId,
  };
}

export function hookJson(hook: Hook) {
  return {
    id: hook.id,
    install_id: hook.installId,
    organization: hook.organization,
    url: hook.url,
    events: hook.events,
    enabled: hook.disabledAt === null,
    disabled_at: timeOrNull(hook.disabledAt),
    secret_created_at: time(hook.secretCreatedAt),
    previous_secret_expires_at: timeOrNull(hook.previousSecretExpiresAt),
  };
}

export function deliveryJson(delivery: Delivery) {
  return {
    id: delivery.id,
    hook_id: delivery.hookId,
    organization: delivery.organization,
    event_type: delivery.eventType,
    status: delivery.status,
    attempts: delivery.attempts.map((attempt) => ({
      started_at: time(attempt.startedAt),
      duration_ms: attempt.durationMs,
      http_status: attempt.httpStatus,
      error: attempt.error,
      response_excerpt: attempt.responseExcerpt,
    })),
    created_at: time(delivery.createdAt),
    next_attempt_at: timeOrNull(delivery.nextAttemptAt),
  };
}

/** The only response of the HTTP API that contains a signing secret. */
export function rotatedSecretJson({ hookId, secret, previousExpiresAt }: RotatedSecret) {
  return { hook_id: hookId, secret: secret.reveal(), previous_expires_at: time(previousExpiresAt) };
}
