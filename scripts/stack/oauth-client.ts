import type { StackInfo } from './stack-file.ts';
import { readResponse, UserSession } from './user-session.ts';

const REDIRECT_URI = 'http://127.0.0.1:4711/callback';

/** A response of the token endpoint. */
export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

interface Install {
  readonly id: string;
  readonly client_id: string;
}

/** What a client needs to know of a stack. */
export type ClientView = Pick<StackInfo, 'auth_server' | 'session_jwt_url' | 'demo'>;

/** An app that is registered in a stack and can be installed into the stack's target organization. */
export class OAuthClient {
  readonly #stack: ClientView;
  readonly #clientId: string;
  readonly #basic: string;

  private constructor(stack: ClientView, clientId: string, clientSecret: string) {
    this.#stack = stack;
    this.#clientId = clientId;
    this.#basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  /** `overrides`: fields of the app that are added to the defaults or replace them. */
  static async register(stack: ClientView, name: string, overrides: object = {}): Promise<OAuthClient> {
    const fields = {
      name,
      redirect_uris: [REDIRECT_URI],
      allowed_actor_modes: ['app'],
      declared_scopes: ['posts:read', 'posts:write'],
      ...overrides,
    };
    const { users, owner_organization: owner } = stack.demo;
    const session = await UserSession.signIn(stack, users.owner_admin, owner.subdomain);
    const app = await session.call<{ client_id: string; client_secret: string }>('POST', '/oauth/apps', fields);
    return new OAuthClient(stack, app.client_id, app.client_secret);
  }

  async install(): Promise<Pair> {
    const session = await this.#targetAdmin();
    const consent = await session.call<{ redirect_to: string }>('POST', '/oauth/authorize/consent', {
      client_id: this.#clientId,
      redirect_uri: REDIRECT_URI,
      target_organization_id: this.#stack.demo.target_organization.id,
    });
    const code = new URL(consent.redirect_to).searchParams.get('code') ?? '';
    return this.#post('/oauth/token', { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI });
  }

  refresh(pair: Pair): Promise<Pair> {
    return this.#post('/oauth/token', { grant_type: 'refresh_token', refresh_token: pair.refresh_token });
  }

  /** RFC 7009, without a hint. */
  async revoke(token: string): Promise<void> {
    await this.#post('/oauth/revoke', { token });
  }

  /** Finds the install as the admin of the target organization. The returned function disconnects it in one request. */
  async prepareDisconnect(): Promise<() => Promise<void>> {
    const session = await this.#targetAdmin();
    const id = await this.#installId(session);
    return () => session.call('DELETE', `/oauth/installs/${id}`);
  }

  /** Rotates the secret of the install's hook; returns the new one. */
  async rotateWebhookSecret(): Promise<string> {
    const installId = await this.#installId(await this.#targetAdmin());
    return (await this.#post<{ secret: string }>('/oauth/webhook_secret', { install_id: installId })).secret;
  }

  /** Deletes the app, as an admin of its owner. */
  async delete(): Promise<void> {
    const { users, owner_organization: owner } = this.#stack.demo;
    const session = await UserSession.signIn(this.#stack, users.owner_admin, owner.subdomain);
    await session.call('DELETE', `/oauth/apps/${this.#clientId}`);
  }

  async #installId(session: UserSession): Promise<string> {
    const { installs } = await session.call<{ installs: Install[] }>('GET', '/oauth/installs');
    const install = installs.find(({ client_id }) => client_id === this.#clientId);
    if (install === undefined) throw new Error('the app is not installed');
    return install.id;
  }

  #targetAdmin(): Promise<UserSession> {
    const { users, target_organization: target } = this.#stack.demo;
    return UserSession.signIn(this.#stack, users.target_admin, target.subdomain);
  }

  async #post<T>(path: string, form: Record<string, string>): Promise<T> {
    const response = await fetch(this.#stack.auth_server.http + path, {
      method: 'POST',
      headers: { authorization: this.#basic },
      body: new URLSearchParams(form),
    });
    return readResponse(response);
  }
}
