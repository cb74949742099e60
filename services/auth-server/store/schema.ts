import type { ColumnType, Generated } from 'kysely';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { StampKind } from '#common/token-state/keys.ts';
import type { AppColumns } from '../domain/app/app-fields.ts';
import type { Verification } from '../domain/app/app-profile.ts';
import type { AppUpdateReason } from '../domain/app/app-update-store.ts';
import type {
  AppId,
  CodeId,
  DeliveryId,
  HookId,
  InstallId,
  InstallRequestId,
  OrganizationId,
  SecretId,
  TokenPairId,
  UserId,
} from '../domain/ids.ts';

/** The tables that migrations/ creates, and one of its views. bigint columns are numbers, because ids stay far below 2^53. */
export interface Schema {
  organizations: {
    id: OrganizationId;
    subdomain: string;
    name: string;
    status: Generated<'active' | 'suspended'>;
    deleted_at: Date | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  users: {
    id: UserId;
    name: string;
    email: string;
    profile_picture: string;
    deleted_at: Date | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  memberships: {
    organization_id: OrganizationId;
    user_id: UserId;
    role: Role;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  apps: AppColumns & {
    id: Generated<AppId>;
    client_id: string;
    owner_organization_id: OrganizationId;
    bot_user_id: Generated<UserId>;
    verification: Generated<Verification>;
    status: Generated<'active' | 'suspended'>;
    created_at: Date;
    updated_at: Date;
    deleted_at: Date | null;
  };
  app_logos: {
    app_id: AppId;
    sha256: Buffer;
    source_sha256: Buffer;
    png: Buffer;
  };
  app_secrets: {
    id: Generated<SecretId>;
    app_id: AppId;
    secret_hash: Buffer;
    hint: string;
    created_at: Date;
    last_used_at: Date | null;
    expires_at: Date | null;
  };
  authorization_codes: {
    id: Generated<CodeId>;
    code_hash: Buffer;
    app_id: AppId;
    organization_id: OrganizationId;
    user_id: UserId;
    redirect_uri: string;
    actor_mode: ActorMode;
    scopes: string[];
    webhook_events: string[];
    code_challenge: string | null;
    created_at: Date;
    expires_at: Date;
    consumed_at: Date | null;
    voided_at: Date | null;
  };
  installs: {
    id: Generated<InstallId>;
    app_id: AppId;
    organization_id: OrganizationId;
    installed_by: UserId;
    actor_mode: ActorMode;
    granted_scopes: string[];
    granted_webhook_events: string[];
    status: Generated<'active' | 'revoked'>;
    installed_at: Date;
    ended_at: Date | null;
    end_reason: string | null;
  };
  install_usage: {
    install_id: InstallId;
    last_used_at: Date;
  };
  tokens: {
    id: Generated<TokenPairId>;
    install_id: InstallId;
    code_id: CodeId;
    access_hash: Buffer;
    refresh_hash: Buffer;
    issued_at: Date;
    access_expires_at: Date;
    access_revoked_at: Date | null;
    window_started_at: Generated<Date>;
    window_refreshes: Generated<number>;
    ended_at: Date | null;
    end_reason: string | null;
  };
  install_policies: {
    organization_id: OrganizationId;
    members_may_request: boolean;
    only_verified_apps: boolean;
    allowed_apps: string[];
    blocked_apps: string[];
    permitted_scopes: string[];
    updated_at: Date;
  };
  install_requests: {
    id: Generated<InstallRequestId>;
    organization_id: OrganizationId;
    app_id: AppId;
    requested_by: UserId;
    actor_mode: ActorMode;
    scopes: string[];
    note: string;
    status: Generated<'open' | 'approved' | 'dismissed'>;
    requested_at: Date;
    expires_at: Date;
    decided_at: Date | null;
    decided_by: UserId | null;
    dismissal_reason: string | null;
  };
  /** A view: the effective state of installs, limited to what their apps declare. */
  current_installs: {
    id: InstallId;
    app_id: AppId;
    organization_id: OrganizationId;
    installed_by: UserId;
    actor_mode: ActorMode;
    granted_scopes: string[];
    granted_webhook_events: string[];
    is_active: boolean;
    end_reason: string | null;
    installed_at: Date;
    last_used_at: Date | null;
  };
  cache_nodes: {
    only_row: Generated<boolean>;
    active: string;
    draining: Generated<string>;
  };
  pending_invalidations: {
    id: Generated<number>;
    change_id: Buffer;
    access_hash: Buffer | null;
    install_id: InstallId | null;
    stamp_kind: StampKind | null;
    stamp_id: number | null;
    created_at: Generated<Date>;
  };
  failed_requests: {
    id: Generated<number>;
    app_id: AppId;
    minute: Date;
    endpoint: string;
    grant_type: string;
    error: string;
    error_description: string;
    organization_id: OrganizationId | null;
    count: number;
    last_failed_at: Date;
    last_request_id: string;
  };
  pending_app_updates: {
    id: Generated<number>;
    app_id: AppId | null;
    organization_id: OrganizationId | null;
    reason: AppUpdateReason;
    last_install_id: Generated<InstallId>;
    installs_done: Generated<number>;
    created_at: Date;
  };
  audit_events: {
    id: Generated<number>;
    occurred_at: Date;
    action: string;
    performed_by: string;
    organization_id: OrganizationId | null;
    client_id: string | null;
    install_id: InstallId | null;
    details: ColumnType<Record<string, string>, string, never>;
    ip_address: string;
    request_id: string;
  };
  webhook_hooks: {
    id: Generated<HookId>;
    app_id: AppId;
    install_id: InstallId | null;
    disabled_at: Date | null;
    secret_nonce: Generated<Buffer>;
    secret_created_at: Date;
    previous_nonce: Buffer | null;
    previous_expires_at: Date | null;
  };
  webhook_events: {
    id: Generated<string>;
    organization_id: OrganizationId;
    type: string;
    body: string;
    idempotency_key: string | null;
    digest: Buffer | null;
    created_at: Date;
  };
  webhook_deliveries: {
    id: Generated<DeliveryId>;
    event_id: string;
    hook_id: HookId;
    app_id: AppId;
    status: 'pending' | 'succeeded' | 'failed' | 'cancelled';
    failures: Generated<number>;
    next_attempt_at: Date | null;
    created_at: Date;
  };
  webhook_attempts: {
    id: Generated<number>;
    delivery_id: DeliveryId;
    started_at: Date;
    duration_ms: number;
    http_status: number | null;
    error: string | null;
    response_excerpt: string;
  };
}
