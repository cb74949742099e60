import type { Client } from '@connectrpc/connect';
import { expect } from 'vitest';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import type { Reachable } from './system.ts';

export { pkce } from '../../scripts/stack/pkce.ts';

/** The people and organizations of every test. */
const ACME = 1n; // owns apps
export const GLOBEX = 2n; // installs them
const INITECH = 3n; // unrelated
export const OWNER_ADMIN = 1;
export const TARGET_ADMIN = 2;
export const TARGET_MEMBER = 3;
export const STRANGER = 4; // admin of initech

export const REDIRECT_URI = 'https://app.example/callback';

/** The profile of an app that sets none. */
export const NO_PROFILE = {
  description: null,
  homepage_url: null,
  privacy_policy_url: null,
  terms_url: null,
  support_address: null,
  initiate_login_uri: null,
  logo_path: null,
  verification: 'not_reviewed',
};

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests check the fields they use
  readonly body: any;
}

export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

export interface RegisteredApp {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An organization that only one test uses. */
export interface OwnOrganization {
  readonly id: bigint;
  readonly subdomain: string;
  readonly admin: number;
}

/** The users, apps and service callers of a system, and their requests over HTTP and gRPC. */
export class World {
  readonly system: Reachable;
  #lastOwnId = 100;
  readonly #replicas: ReturnType<World['replica']>[] = [];
  #directory: Client<typeof DirectoryService> | undefined;
  #operator: Client<typeof OperatorService> | undefined;

  constructor(system: Reachable) {
    this.system = system;
  }

  get directory(): Client<typeof DirectoryService> {
    this.#directory ??= this.system.rpc(DirectoryService, this.system.tokens.platform);
    return this.#directory;
  }

  get operator(): Client<typeof OperatorService> {
    this.#operator ??= this.system.rpc(OperatorService, this.system.tokens.operator);
    return this.#operator;
  }

  /** Creates the organizations, users and roles of the constants. */
  async seed(): Promise<this> {
    const { directory } = this;
    for (const [id, subdomain, name] of [
      [ACME, 'acme', 'Acme'],
      [GLOBEX, 'globex', 'Globex'],
      [INITECH, 'initech', 'Initech'],
    ] as const) {
      await directory.putOrganization({ organization: { id, subdomain, name, status: OrganizationStatus.ACTIVE } });
    }
    for (const [id, name] of [
      [OWNER_ADMIN, 'Olga'],
      [TARGET_ADMIN, 'Tara'],
      [TARGET_MEMBER, 'Max'],
      [STRANGER, 'Sam'],
    ] as const) {
      await directory.putUser({ user: { id: BigInt(id), name, email: `${name.toLowerCase()}@example.com` } });
    }
    await this.setRole(ACME, OWNER_ADMIN, Role.ADMIN);
    await this.setRole(GLOBEX, TARGET_ADMIN, Role.ADMIN);
    await this.setRole(GLOBEX, TARGET_MEMBER, Role.MEMBER);
    await this.setRole(INITECH, STRANGER, Role.ADMIN);
    return this;
  }

  async setRole(organizationId: bigint, userId: number, role: Role): Promise<void> {
    await this.directory.putMembership({ membership: { organizationId, userId: BigInt(userId), role } });
  }

  /** A new organization with an admin, for a test that suspends, renames or empties it. */
  async newOrganization(): Promise<OwnOrganization> {
    const admin = ++this.#lastOwnId;
    const organization = { id: BigInt(admin), subdomain: `own-${admin}`, admin };
    await this.putOrganization(organization);
    await this.directory.putUser({ user: { id: BigInt(admin), name: `Admin ${admin}`, email: '' } });
    await this.setRole(organization.id, admin, Role.ADMIN);
    return organization;
  }

  /** Creates or replaces an organization; `fields` override the defaults. */
  putOrganization(
    { id, subdomain }: Pick<OwnOrganization, 'id' | 'subdomain'>,
    fields: { subdomain?: string; name?: string; status?: OrganizationStatus } = {},
  ) {
    return this.directory.putOrganization({ organization: { id, subdomain, name: subdomain, ...fields } });
  }

  /** Sends any request to the HTTP port: objects as JSON, URLSearchParams as a form, text and bytes unchanged. */
  async http(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<HttpResponse> {
    const { body } = options;
    const raw =
      body === undefined || typeof body === 'string' || body instanceof URLSearchParams || body instanceof Uint8Array;
    const response = await fetch(this.system.issuer + path, {
      method,
      redirect: 'manual',
      headers: { ...(!raw && { 'content-type': 'application/json' }), ...options.headers },
      ...(body !== undefined && {
        body: raw ? (body as string | URLSearchParams | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** The same as a signed-in user. */
  async as(userId: number, method: string, path: string, body?: unknown, organization?: string): Promise<HttpResponse> {
    const headers = {
      authorization: `Bearer ${await this.system.platform.sign(userId)}`,
      ...(organization !== undefined && { 'x-organization': organization }),
    };
    return this.http(method, path, { headers, ...(body !== undefined && { body }) });
  }

  async registerApp(
    fields: Record<string, unknown> = {},
    owner: Pick<OwnOrganization, 'subdomain' | 'admin'> = { subdomain: 'acme', admin: OWNER_ADMIN },
  ): Promise<RegisteredApp> {
    const body = {
      name: 'Roadmapper',
      redirect_uris: [REDIRECT_URI],
      allowed_actor_modes: ['app', 'self'],
      declared_scopes: ['posts:read', 'posts:write', 'comments:read'],
      ...fields,
    };
    const response = expectStatus(201, await this.as(owner.admin, 'POST', '/oauth/apps', body, owner.subdomain));
    return { clientId: response.body.client_id, clientSecret: response.body.client_secret };
  }

  changeApp(app: RegisteredApp, fields: Record<string, unknown>): Promise<HttpResponse> {
    return this.as(OWNER_ADMIN, 'PATCH', `/oauth/apps/${app.clientId}`, fields, 'acme');
  }

  /** Uploads a logo as the owner's admin. */
  async putLogo(app: RegisteredApp, image: Uint8Array, type = 'image/png'): Promise<HttpResponse> {
    const authorization = `Bearer ${await this.system.platform.sign(OWNER_ADMIN)}`;
    const headers = { authorization, 'x-organization': 'acme', 'content-type': type };
    return this.http('PUT', `/oauth/apps/${app.clientId}/logo`, { headers, body: image });
  }

  deleteApp(app: RegisteredApp): Promise<HttpResponse> {
    return this.as(OWNER_ADMIN, 'DELETE', `/oauth/apps/${app.clientId}`, undefined, 'acme');
  }

  suspendApp(app: RegisteredApp) {
    return this.operator.suspendApp({ clientId: app.clientId, reason: 'test' });
  }

  resumeApp(app: RegisteredApp) {
    return this.operator.resumeApp({ clientId: app.clientId, reason: 'test' });
  }

  /** The raw consent call; by default the target admin installs into globex as the app's bot. */
  consent(app: RegisteredApp, fields: Record<string, unknown> = {}, userId = TARGET_ADMIN): Promise<HttpResponse> {
    const body = {
      client_id: app.clientId,
      redirect_uri: REDIRECT_URI,
      target_organization_id: 2,
      actor: 'app',
      state: 's1',
      ...fields,
    };
    return this.as(userId, 'POST', '/oauth/authorize/consent', body);
  }

  /** A fresh authorization code. */
  async code(app: RegisteredApp, fields: Record<string, unknown> = {}, userId = TARGET_ADMIN): Promise<string> {
    const response = expectStatus(200, await this.consent(app, fields, userId));
    return new URL(response.body.redirect_to).searchParams.get('code') as string;
  }

  /** POST to an endpoint for clients, authenticated with HTTP Basic. */
  client(app: RegisteredApp, path: string, parameters: Record<string, string>): Promise<HttpResponse> {
    const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    return this.http('POST', path, {
      body: new URLSearchParams(parameters),
      headers: { authorization: `Basic ${basic}` },
    });
  }

  exchange(app: RegisteredApp, code: string, parameters: Record<string, string> = {}): Promise<HttpResponse> {
    return this.client(app, '/oauth/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      ...parameters,
    });
  }

  refresh(app: RegisteredApp, refreshToken: string, parameters: Record<string, string> = {}): Promise<HttpResponse> {
    return this.client(app, '/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...parameters,
    });
  }

  /** Consent and exchange. */
  async install(app: RegisteredApp, fields: Record<string, unknown> = {}, userId = TARGET_ADMIN): Promise<Pair> {
    return expectStatus(200, await this.exchange(app, await this.code(app, fields, userId))).body;
  }

  /** The same into an organization that only this test uses. */
  installInto({ id, admin }: OwnOrganization, app: RegisteredApp, fields: Record<string, unknown> = {}): Promise<Pair> {
    return this.install(app, { target_organization_id: Number(id), ...fields }, admin);
  }

  /** Disconnects an install of globex as globex's admin. */
  disconnect(installId: string): Promise<HttpResponse> {
    return this.as(TARGET_ADMIN, 'DELETE', `/oauth/installs/${installId}`, undefined, 'globex');
  }

  async installId(app: RegisteredApp): Promise<string> {
    const { body } = expectStatus(200, await this.as(TARGET_ADMIN, 'GET', '/oauth/installs', undefined, 'globex'));
    return body.installs.find((install: { client_id: string }) => install.client_id === app.clientId).id;
  }

  introspect(token: string, replica = 0) {
    this.#replicas[replica] ??= this.replica(replica);
    return this.#replicas[replica].introspect({ token });
  }

  /** A gateway's client of one replica, on its own connection. */
  replica(replica = 0) {
    return this.system.replicaRpc(IntrospectionService, this.system.tokens.gateway, replica);
  }

  introspectEverywhere(token: string) {
    return Promise.all(this.system.introspectionGrpc.map((_address, replica) => this.introspect(token, replica)));
  }

  /** Expects that every replica responds to introspection of the token with these fields. */
  async expectEverywhere(token: string, expected: object): Promise<void> {
    for (const response of await this.introspectEverywhere(token)) expect(response).toMatchObject(expected);
  }
}

export function expectStatus(status: number, response: HttpResponse): HttpResponse {
  if (response.status !== status) {
    throw new Error(`expected ${status}, got ${response.status}: ${JSON.stringify(response.body)}`);
  }
  return response;
}
