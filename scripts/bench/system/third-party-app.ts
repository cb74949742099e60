import type { StackInfo } from '../../stack/stack-file.ts';

const REDIRECT_URI = 'http://127.0.0.1:4711/callback';

/** A token pair as the token endpoint gives it. */
export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** An app that is registered in a stack and installed in its target organization. */
export class ThirdPartyApp {
  readonly #stack: StackInfo;
  readonly #clientId: string;
  readonly #basic: string;

  private constructor(stack: StackInfo, clientId: string, clientSecret: string) {
    this.#stack = stack;
    this.#clientId = clientId;
    this.#basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  static async register(stack: StackInfo): Promise<ThirdPartyApp> {
    const fields = {
      name: 'Bench',
      redirect_uris: [REDIRECT_URI],
      allowed_actor_modes: ['app'],
      declared_scopes: ['posts:read', 'posts:write'],
    };
    const { owner_admin: owner } = stack.demo.users;
    const app = await asUser(stack, owner, '/oauth/apps', fields, stack.demo.owner_organization.subdomain);
    return new ThirdPartyApp(stack, app.client_id, app.client_secret);
  }

  async install(): Promise<Pair> {
    const { demo } = this.#stack;
    const consent = await asUser(this.#stack, demo.users.target_admin, '/oauth/authorize/consent', {
      client_id: this.#clientId,
      redirect_uri: REDIRECT_URI,
      target_organization_id: demo.target_organization.id,
    });
    const code = new URL(consent.redirect_to).searchParams.get('code') ?? '';
    return this.post('/oauth/token', { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI });
  }

  refresh(pair: Pair): Promise<Pair> {
    return this.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: pair.refresh_token });
  }

  /** RFC 7009: the token alone. */
  async revoke(token: string): Promise<void> {
    await this.post('/oauth/revoke', { token });
  }

  async post<T>(path: string, form: Record<string, string>): Promise<T> {
    const response = await fetch(this.#stack.auth_server.http + path, {
      method: 'POST',
      headers: { authorization: this.#basic },
      body: new URLSearchParams(form),
    });
    return read(response);
  }
}

async function asUser(stack: StackInfo, userId: number, path: string, body: unknown, organization = '') {
  const jwt = await (await fetch(stack.session_jwt_url + userId)).text();
  const headers = {
    authorization: `Bearer ${jwt}`,
    'content-type': 'application/json',
    'x-organization': organization,
  };
  const response = await fetch(stack.auth_server.http + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return read<Record<string, string>>(response) as Promise<{
    client_id: string;
    client_secret: string;
    redirect_to: string;
  }>;
}

async function read<T>(response: Response): Promise<T> {
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${body}`);
  return JSON.parse(body) as T;
}
