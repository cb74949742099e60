import type { MessageInitShape } from '@bufbuild/protobuf';
import { AppVerification } from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '../../../gen/featureos/oauth/v1/app_service_pb.ts';
import type { InstallPolicySchema } from '../../../gen/featureos/oauth/v1/install_policy_pb.ts';
import { InstallRequestService } from '../../../gen/featureos/oauth/v1/install_request_service_pb.ts';
import { OperatorService } from '../../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { rpcClient } from '../../../scripts/stack/rpc-client.ts';
import type { StackInfo } from '../../../scripts/stack/stack-file.ts';
import type { TestOrganization } from './test-organization.ts';

/** The client credentials of a registered app. */
export interface AppAccount {
  readonly clientId: string;
  readonly clientSecret: string;
}

const GLOBEX_ID = 2;

/** An admin, and the organization in which their API calls act. */
export interface OrganizationAdmin {
  readonly userId: number;
  readonly organization: string;
}

export const ACME: OrganizationAdmin = { userId: 1, organization: 'acme' };
export const HOOLI: OrganizationAdmin = { userId: 5, organization: 'hooli' };
const GLOBEX_ADMIN: OrganizationAdmin = { userId: 2, organization: 'globex' };

/** The HTTP and gRPC APIs of the stack, called as admins, members, apps or an operator. */
export class Api {
  readonly #stack: StackInfo;

  constructor(stack: StackInfo) {
    this.#stack = stack;
  }

  async register(fields: Record<string, unknown>, { userId, organization } = ACME): Promise<AppAccount> {
    const body = {
      name: 'Roadmapper',
      allowed_actor_modes: ['app', 'self'],
      declared_scopes: ['posts:read', 'posts:write', 'comments:read'],
      ...fields,
    };
    const response = await this.#call(userId, organization, 'POST', '/oauth/apps', body);
    return { clientId: response.client_id, clientSecret: response.client_secret };
  }

  /** Returns the access token. For an organization other than Globex, give `target_organization_id` and its admin. */
  async install(
    account: AppAccount,
    redirectUri: string,
    fields: Record<string, unknown> = {},
    { userId, organization } = GLOBEX_ADMIN,
  ): Promise<string> {
    const consent = await this.#call(userId, organization, 'POST', '/oauth/authorize/consent', {
      client_id: account.clientId,
      redirect_uri: redirectUri,
      target_organization_id: GLOBEX_ID,
      actor: 'app',
      ...fields,
    });
    const code = new URL(consent.redirect_to).searchParams.get('code');
    const response = await this.#call(userId, organization, 'POST', '/oauth/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: account.clientId,
      client_secret: account.clientSecret,
    });
    return response.access_token;
  }

  /** Makes a token request as the app, with a code that does not exist. */
  async exchangeUnknownCode({ clientId, clientSecret }: AppAccount): Promise<void> {
    const fields = { grant_type: 'authorization_code', code: 'unknown', redirect_uri: 'https://app.example/callback' };
    const response = await fetch(`${this.#stack.auth_server.http}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...fields, client_id: clientId, client_secret: clientSecret }),
    });
    if (response.status !== 400) throw new Error(`the token endpoint returned ${response.status}`);
  }

  /** Uploads a PNG as the logo of an app of Acme. */
  async putLogo({ clientId }: AppAccount, logo: Buffer): Promise<void> {
    await this.#call(ACME.userId, ACME.organization, 'PUT', `/oauth/apps/${clientId}/logo`, logo);
  }

  /** Marks the app as verified, as an operator who has reviewed its current version. */
  async verify({ clientId }: AppAccount): Promise<void> {
    const operator = this.#operator();
    const { app } = await operator.findApp({ clientId });
    const review = { clientId, verification: AppVerification.VERIFIED, reason: 'Checked' };
    await operator.setAppVerification({ ...review, ...(app?.updatedAt && { reviewedUpdatedAt: app.updatedAt }) });
  }

  /** Replaces the install policy of an organization. */
  async putPolicy(
    { id }: { readonly id: bigint },
    policy: MessageInitShape<typeof InstallPolicySchema>,
  ): Promise<void> {
    await this.#operator().setInstallPolicy({ organizationId: id, policy, reason: 'test' });
  }

  /** Requests the app in an organization, as one of its members. */
  async requestInstall(
    { clientId }: AppAccount,
    redirectUri: string,
    { id, member }: TestOrganization,
    note: string,
  ): Promise<void> {
    const requests = rpcClient(InstallRequestService, this.#stack.auth_server.grpc, member.cookie.value);
    const parameters = { clientId, redirectUri, actor: 'app', responseType: 'code' };
    await requests.requestInstall({ parameters, targetOrganizationId: id, note });
  }

  /** Creates the sandbox of an organization. */
  async createSandbox({ subdomain, admin }: TestOrganization): Promise<{ id: bigint; subdomain: string }> {
    const apps = rpcClient(AppService, this.#stack.auth_server.grpc, admin.cookie.value);
    const { sandbox } = await apps.createSandbox({}, { headers: { 'x-organization': subdomain } });
    if (sandbox === undefined) throw new Error('the response has no sandbox');
    return sandbox;
  }

  async installId(account: AppAccount, admin = GLOBEX_ADMIN): Promise<string> {
    return (await this.installOf(account, admin)).id;
  }

  /** The install of the app in the admin's organization. */
  async installOf(
    { clientId }: AppAccount,
    { userId, organization } = GLOBEX_ADMIN,
  ): Promise<{ readonly id: string; readonly granted_webhook_events: readonly string[] }> {
    const { installs } = await this.#call(userId, organization, 'GET', '/oauth/installs?per_page=100');
    return installs.find((install: { client_id: string }) => install.client_id === clientId);
  }

  /** The subdomain of the organization in which the token acts. */
  async organizationOf(accessToken: string): Promise<string> {
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await fetch(`${this.#stack.gateway.http}/api/v3/session_info`, { headers });
    const { organization } = (await response.json()) as { organization: { subdomain: string } };
    return organization.subdomain;
  }

  /** The status of a v3 request with a token. */
  async v3(accessToken: string, path = '/api/v3/feature_requests'): Promise<number> {
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await fetch(this.#stack.gateway.http + path, { headers });
    await response.body?.cancel();
    return response.status;
  }

  #operator() {
    return rpcClient(OperatorService, this.#stack.auth_server.grpc, this.#stack.credentials.operator);
  }

  async #call(userId: number, organization: string, method: string, path: string, body?: unknown) {
    const jwt = await (await fetch(this.#stack.session_jwt_url + userId)).text();
    const response = await fetch(this.#stack.auth_server.http + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': Buffer.isBuffer(body) ? 'image/png' : 'application/json' }),
        'x-organization': organization,
        // The token endpoint authenticates clients, not users.
        ...(path !== '/oauth/token' && { authorization: `Bearer ${jwt}` }),
      },
      ...(body !== undefined && { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
