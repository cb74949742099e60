import type { Client } from 'pg';
import { type CopyValue, copyRows } from './copy-rows.ts';
import type { Tenancy } from './tenancy.ts';

/** The redirect URI of all synthetic apps. */
export const REDIRECT_URI = 'https://bench.example/callback';

/** The hashes of an install's token pair, by the index of the install. Each method is called once for each install. */
export interface PairHashes {
  access(index: number): Buffer;
  refresh(index: number): Buffer;
}

/** Loads a tenancy into auth-server's tables, with one live token pair for each install. */
export async function loadTenancy(client: Client, tenancy: Tenancy, hashes: PairHashes): Promise<void> {
  await client.query('BEGIN');
  await copyOrganizations(client, tenancy);
  await copyApps(client, tenancy);
  await copyInstalls(client, tenancy);
  await copyTokens(client, tenancy, hashes);
  await client.query('COMMIT');
  // Statistics and visibility maps, as a database in use has them.
  await client.query('VACUUM ANALYZE organizations, users, memberships, apps, installs, tokens');
}

async function copyOrganizations(client: Client, tenancy: Tenancy): Promise<void> {
  const all = Array.from({ length: tenancy.organizations }, (_, index) => ({
    id: tenancy.organizationId(index),
    userId: tenancy.userId(index),
  }));
  const organization = ({ id }: { id: number }) => [id, tenancy.subdomain(id), `Bench ${id}`];
  const user = ({ userId }: { userId: number }) => [userId, `User ${userId}`, `user-${userId}@bench.example`, ''];
  const membership = ({ id, userId }: { id: number; userId: number }) => [id, userId, 'admin'];
  await copyRows(client, 'organizations', ['id', 'subdomain', 'name'], map(all, organization));
  await copyRows(client, 'users', ['id', 'name', 'email', 'profile_picture'], map(all, user));
  await copyRows(client, 'memberships', ['organization_id', 'user_id', 'role'], map(all, membership));
}

async function copyApps(client: Client, tenancy: Tenancy): Promise<void> {
  const { apps, issuedAt, scopes, webhookUrl, webhookEvents } = tenancy;
  const columns = ['id', 'client_id', 'owner_organization_id', 'bot_user_id', 'name', 'redirect_uris'];
  const more = ['allowed_actor_modes', 'declared_scopes', 'webhook_url', 'subscribed_webhook_events', 'require_pkce'];
  const row = (index: number): CopyValue[] => {
    const id = tenancy.appId(index);
    const identity = [id, tenancy.clientId(id), tenancy.ownerId(index), tenancy.botUserId(id), `App ${id}`];
    return [
      ...identity,
      [REDIRECT_URI],
      ['app', 'self'],
      scopes,
      webhookUrl,
      webhookEvents,
      'false',
      issuedAt,
      issuedAt,
    ];
  };
  await copyRows(client, 'apps', [...columns, ...more, 'created_at', 'updated_at'], map(upTo(apps), row));
}

async function copyInstalls(client: Client, tenancy: Tenancy): Promise<void> {
  const columns = ['id', 'app_id', 'organization_id', 'installed_by', 'actor_mode'];
  const more = ['granted_scopes', 'granted_webhook_events', 'installed_at'];
  const row = (index: number): CopyValue[] => {
    const { id, appId, organizationId, userId, actorMode } = tenancy.install(index);
    return [id, appId, organizationId, userId, actorMode, tenancy.scopes, tenancy.webhookEvents, tenancy.issuedAt];
  };
  await copyRows(client, 'installs', [...columns, ...more], map(upTo(tenancy.installs), row));
}

async function copyTokens(client: Client, tenancy: Tenancy, { access, refresh }: PairHashes): Promise<void> {
  const columns = ['id', 'install_id', 'code_id', 'access_hash', 'refresh_hash', 'issued_at', 'access_expires_at'];
  const { issuedAt, expiresAt } = tenancy;
  const row = (index: number) => [
    ...[tenancy.pairId(index), tenancy.install(index).id, 0],
    ...[access(index), refresh(index), issuedAt, expiresAt],
  ];
  await copyRows(client, 'tokens', columns, map(upTo(tenancy.installs), row));
}

function* upTo(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index;
}

function* map<T, U>(items: Iterable<T>, change: (item: T) => U): Generator<U> {
  for (const item of items) yield change(item);
}
