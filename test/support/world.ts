import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { expect } from 'vitest';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import type { Reachable } from './system.ts';

export { pkce } from '../../scripts/stack/pkce.ts';

/** The organizations and users that `seed` creates. */
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

/** An organization with an admin; `newOrganization` creates one that no other test uses. */
export interface OrganizationWithAdmin {
  readonly id: bigint;
  readonly subdomain: string;
  readonly admin: number;
}

/** An organization's admin, and the subdomain that their requests name. */
export type Admin = Pick<OrganizationWithAdmin, 'subdomain' | 'admin'>;
export const OWNER: Admin = { subdomain: 'acme', admin: OWNER_ADMIN };
export const TARGET: OrganizationWithAdmin = { id: GLOBEX, subdomain: 'globex', admin: TARGET_ADMIN };

/** The users, apps and service callers of a system, and their requests over HTTP and gRPC. */
export class World {
  readonly system: Reachable;
  #lastNewId = 100;
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

  /** Creates the organizations and users above, and their roles. */
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
  async newOrganization(): Promise<OrganizationWithAdmin> {
    const admin = ++this.#lastNewId;
    const organization = { id: BigInt(admin), subdomain: `own-${admin}`, admin };
    await this.putOrganization(organization);
    await this.directory.putUser({ user: { id: BigInt(admin), name: `Admin ${admin}`, email: '' } });
    await this.setRole(organization.id, admin, Role.ADMIN);
    return organization;
  }

  /** Creates or changes an organization. Without a status in `fields`, the current one is kept; a new organization is active. */
  putOrganization(
    { id, subdomain }: Pick<OrganizationWithAdmin, 'id' | 'subdomain'>,
    fields: { subdomain?: string; name?: string; status?: OrganizationStatus } = {},
  ) {
    return this.directory.putOrganization({ organization: { id, subdomain, name: subdomain, ...fields } });
  }

  suspend(organization: Pick<OrganizationWithAdmin, 'id' | 'subdomain'>) {
    return this.putOrganization(organization, { status: OrganizationStatus.SUSPENDED });
  }

  activate(organization: Pick<OrganizationWithAdmin, 'id' | 'subdomain'>) {
    return this.putOrganization(organization, { status: OrganizationStatus.ACTIVE });
  }

  /** Removes a user, by default the admin, from the organization. */
  removeMember({ id, admin }: OrganizationWithAdmin, userId = admin) {
    return this.directory.deleteMembership({ organizationId: id, userId: BigInt(userId) });
  }

  deleteUser(userId: number) {
    return this.directory.deleteUser({ userId: BigInt(userId) });
  }

  /** A gRPC client of auth-server with the session of a user. */
  async rpcAs<Service extends DescService>(service: Service, userId: number): Promise<Client<Service>> {
    return this.system.rpc(service, await this.system.platform.sign(userId));
  }

  /**
   * Sends any request to the HTTP port: objects as JSON, URLSearchParams as a form, text and bytes unchanged. The default
   * Content-Type of text is text/plain.
   */
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

  /** Sends a request as a signed-in user. */
  async as(userId: number, method: string, path: string, body?: unknown, organization?: string): Promise<HttpResponse> {
    const headers = {
      authorization: `Bearer ${await this.system.platform.sign(userId)}`,
      ...(organization !== undefined && { 'x-organization': organization }),
    };
    return this.http(method, path, { headers, ...(body !== undefined && { body }) });
  }

  /** Sends a request as an organization's admin. */
  asAdmin({ admin, subdomain }: Admin, method: string, path: string, body?: unknown): Promise<HttpResponse> {
    return this.as(admin, method, path, body, subdomain);
  }

  async registerApp(fields: Record<string, unknown> = {}, owner = OWNER): Promise<RegisteredApp> {
    const body = {
      name: 'Roadmapper',
      redirect_uris: [REDIRECT_URI],
      allowed_actor_modes: ['app', 'self'],
      declared_scopes: ['posts:read', 'posts:write', 'comments:read'],
      ...fields,
    };
    const response = expectStatus(201, await this.asAdmin(owner, 'POST', '/oauth/apps', body));
    return { clientId: response.body.client_id, clientSecret: response.body.client_secret };
  }

  /** The app as its owner sees it. */
  // biome-ignore lint/suspicious/noExplicitAny: an HTTP response
  async readApp({ clientId }: RegisteredApp): Promise<any> {
    return expectStatus(200, await this.asAdmin(OWNER, 'GET', `/oauth/apps/${clientId}`)).body.app;
  }

  changeApp({ clientId }: RegisteredApp, fields: Record<string, unknown>, owner = OWNER): Promise<HttpResponse> {
    return this.asAdmin(owner, 'PATCH', `/oauth/apps/${clientId}`, fields);
  }

  rotateSecret({ clientId }: RegisteredApp, body?: unknown): Promise<HttpResponse> {
    return this.asAdmin(OWNER, 'POST', `/oauth/apps/${clientId}/rotate_secret`, body);
  }

  /** Uploads a logo as the owner's admin. */
  async putLogo(app: RegisteredApp, image: Uint8Array, type = 'image/png'): Promise<HttpResponse> {
    const authorization = `Bearer ${await this.system.platform.sign(OWNER_ADMIN)}`;
    const headers = { authorization, 'x-organization': 'acme', 'content-type': type };
    return this.http('PUT', `/oauth/apps/${app.clientId}/logo`, { headers, body: image });
  }

  deleteApp({ clientId }: RegisteredApp, owner = OWNER): Promise<HttpResponse> {
    return this.asAdmin(owner, 'DELETE', `/oauth/apps/${clientId}`);
  }

  suspendApp(app: RegisteredApp) {
    return this.operator.suspendApp({ clientId: app.clientId, reason: 'test' });
  }

  resumeApp(app: RegisteredApp) {
    return this.operator.resumeApp({ clientId: app.clientId, reason: 'test' });
  }

  /** GET /oauth/authorize, by default a valid request of the target's admin. */
  view({ clientId }: RegisteredApp, parameters: Record<string, string> = {}, userId = TARGET_ADMIN) {
    const valid = { client_id: clientId, redirect_uri: REDIRECT_URI, response_type: 'code', actor: 'app' };
    return this.as(userId, 'GET', `/oauth/authorize?${new URLSearchParams({ ...valid, ...parameters })}`);
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
    return codeIn(await this.consent(app, fields, userId));
  }

  /** A fresh authorization code for an organization, approved by its admin. */
  codeFor(
    { id, admin }: OrganizationWithAdmin,
    app: RegisteredApp,
    fields: Record<string, unknown> = {},
  ): Promise<string> {
    return this.code(app, { target_organization_id: Number(id), ...fields }, admin);
  }

  /** POST to an endpoint for clients, authenticated with HTTP Basic. */
  client(app: RegisteredApp, path: string, parameters: Record<string, string>): Promise<HttpResponse> {
    const headers = { authorization: basicCredentials(app) };
    return this.http('POST', path, { body: new URLSearchParams(parameters), headers });
  }

  exchange(app: RegisteredApp, code: string, parameters: Record<string, string> = {}): Promise<HttpResponse> {
    const grant = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    return this.client(app, '/oauth/token', { ...grant, ...parameters });
  }

  refresh(app: RegisteredApp, refreshToken: string, parameters: Record<string, string> = {}): Promise<HttpResponse> {
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return this.client(app, '/oauth/token', { ...grant, ...parameters });
  }

  /** Consent and exchange. */
  async install(app: RegisteredApp, fields: Record<string, unknown> = {}, userId = TARGET_ADMIN): Promise<Pair> {
    return expectStatus(200, await this.exchange(app, await this.code(app, fields, userId))).body;
  }

  /** Consent and exchange for an organization, by its admin. */
  installInto(
    { id, admin }: OrganizationWithAdmin,
    app: RegisteredApp,
    fields: Record<string, unknown> = {},
  ): Promise<Pair> {
    return this.install(app, { target_organization_id: Number(id), ...fields }, admin);
  }

  disconnect(installId: string, organization: Admin = TARGET): Promise<HttpResponse> {
    return this.asAdmin(organization, 'DELETE', `/oauth/installs/${installId}`);
  }

  /** The newest 100 installs of an organization as its admin sees them, newest first. */
  // biome-ignore lint/suspicious/noExplicitAny: an HTTP response
  async installs(organization: Admin = TARGET): Promise<any[]> {
    return expectStatus(200, await this.asAdmin(organization, 'GET', '/oauth/installs?per_page=100')).body.installs;
  }

  /** The install of an app among those of `installs`; undefined if there is none. */
  async installOf({ clientId }: RegisteredApp, organization: Admin = TARGET) {
    return (await this.installs(organization)).find(({ client_id }) => client_id === clientId);
  }

  async installId(app: RegisteredApp, organization: Admin = TARGET): Promise<string> {
    return (await this.installOf(app, organization)).id;
  }

  introspect(token: string, replica = 0) {
    this.#replicas[replica] ??= this.replica(replica);
    return this.#replicas[replica].introspect({ token });
  }

  async isActive(token: string): Promise<boolean> {
    return (await this.introspect(token)).active;
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

/** The Authorization header of HTTP Basic. */
export const basicCredentials = ({ clientId, clientSecret }: RegisteredApp) =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

/** The code in the response to a consent. */
export const codeIn = (response: HttpResponse) =>
  new URL(expectStatus(200, response).body.redirect_to).searchParams.get('code') as string;

export function expectStatus(status: number, response: HttpResponse): HttpResponse {
  if (response.status !== status) {
    throw new Error(`expected ${status}, got ${response.status}: ${JSON.stringify(response.body)}`);
  }
  return response;
}
