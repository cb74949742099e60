import type { Client } from 'pg';
import { type CopyValue, copyRows } from './copy-rows.ts';
import type { Tenancy } from './tenancy.ts';

export const REDIRECT_URI = 'https://bench.example/callback';

/** The hashes of the pair of an install, by the install's number; each is asked for once. */
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
  // What a database that grew over months would have: statistics, and visibility maps.
  await client.query('VACUUM ANALYZE organizations, users, memberships, apps, installs, tokens');
}

async function copyOrganizations(client: Client, { organizations, idBase, subdomain }: Tenancy): Promise<void> {
  const ids = Array.from({ length: organizations }, (_, index) => idBase + 1 + index);
  await copyRows(
    client,
    'organizations',
    ['id', 'subdomain', 'name'],
    map(ids, (id) => [id, subdomain(id), `Bench ${id}`]),
  );
  const user = (id: number) => [id, `User ${id}`, `user-${id}@bench.example`, ''];
  await copyRows(client, 'users', ['id', 'name', 'email', 'profile_picture'], map(ids, user));
  await copyRows(
    client,
    'memberships',
    ['organization_id', 'user_id', 'role'],
    map(ids, (id) => [id, id, 'admin']),
  );
}

async function copyApps(client: Client, tenancy: Tenancy): Promise<void> {
  const { apps, idBase, organizations, issuedAt, scopes } = tenancy;
  const columns = [
    'id',
    'client_id',
    'owner_organization_id',
    'bot_user_id',
    'name',
    'redirect_uris',
    'allowed_actor_modes',
  ];
  const more = ['declared_scopes', 'subscribed_webhook_events', 'require_pkce', 'created_at', 'updated_at'];
  const row = (index: number): CopyValue[] => {
    const id = idBase + 1 + index;
    const owner = idBase + 1 + (index % organizations);
    const identity = [id, tenancy.clientId(id), owner, tenancy.botUserId(id), `App ${id}`];
    return [...identity, [REDIRECT_URI], ['app', 'self'], scopes, [], 'false', issuedAt, issuedAt];
  };
  await copyRows(client, 'apps', [...columns, ...more], map(upTo(apps), row));
}

async function copyInstalls(client: Client, tenancy: Tenancy): Promise<void> {
  const columns = ['id', 'app_id', 'organization_id', 'installed_by', 'actor_mode'];
  const more = ['granted_scopes', 'granted_webhook_events', 'installed_at'];
  const row = (index: number): CopyValue[] => {
    const { id, appId, organizationId, userId, actorMode } = tenancy.install(index);
    return [id, appId, organizationId, userId, actorMode, tenancy.scopes, [], tenancy.issuedAt];
  };
  await copyRows(client, 'installs', [...columns, ...more], map(upTo(tenancy.installs), row));
}

async function copyTokens(client: Client, tenancy: Tenancy, { access, refresh }: PairHashes): Promise<void> {
  const columns = ['install_id', 'code_id', 'access_hash', 'refresh_hash', 'issued_at', 'access_expires_at'];
  const { issuedAt, expiresAt } = tenancy;
  const row = (index: number) => [tenancy.install(index).id, 0, access(index), refresh(index), issuedAt, expiresAt];
  await copyRows(client, 'tokens', columns, map(upTo(tenancy.installs), row));
}

function* upTo(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index;
}

function* map<T, U>(items: Iterable<T>, change: (item: T) => U): Generator<U> {
  for (const item of items) yield change(item);
}
