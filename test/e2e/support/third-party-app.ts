import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oauth from 'openid-client';
import type { AppAccount } from './api.ts';

interface Pending {
  readonly verifier: string;
  readonly state: string;
}

/** A request to the app's redirect URI, and the result of exchanging its code. */
export interface CallbackResult {
  readonly query: URLSearchParams;
  readonly tokens?: { readonly access_token: string; readonly scope?: string };
  /** The OAuth error of the authorization response or the token endpoint, or the text of any other error. */
  readonly error?: string;
}

/**
 * A third-party web application, built with openid-client. It is served at `localhost`, which is cross-site to the stack's
 * 127.0.0.1, so cookies behave as between unrelated sites.
 */
export class ThirdPartyApp {
  readonly #server: Server;
  #account: AppAccount | undefined;
  #configuration: oauth.Configuration | undefined;
  #pending: Pending | undefined;
  /** Further parameters of the app's authorization requests. */
  request: Record<string, string> = { actor: 'app' };
  readonly callbacks: CallbackResult[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#handle(request, response));
  }

  static async start(): Promise<ThirdPartyApp> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return new ThirdPartyApp(server);
  }

  get home(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  get redirectUri(): string {
    return `${this.home}/callback`;
  }

  /** Sets the registration, and reads the server's metadata (RFC 8414). */
  async configure(issuer: string, account: AppAccount): Promise<void> {
    this.#account = account;
    this.#configuration = await oauth.discovery(
      new URL(issuer),
      account.clientId,
      account.clientSecret,
      oauth.ClientSecretBasic(account.clientSecret),
      { execute: [oauth.allowInsecureRequests], algorithm: 'oauth2' },
    );
  }

  /** The credentials of its registration. */
  get account(): AppAccount {
    if (this.#account === undefined) throw new Error('configure() was not called');
    return this.#account;
  }

  /** The access token of the first callback, or an empty string. */
  get accessToken(): string {
    return this.callbacks[0]?.tokens?.access_token ?? '';
  }

  /** The URL of a new authorization request. */
  async authorizationUrl(): Promise<string> {
    const verifier = oauth.randomPKCECodeVerifier();
    this.#pending = { verifier, state: oauth.randomState() };
    const parameters = {
      redirect_uri: this.redirectUri,
      state: this.#pending.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...this.request,
    };
    return oauth.buildAuthorizationUrl(this.#configured, parameters).href;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #configured(): oauth.Configuration {
    if (this.#configuration === undefined) throw new Error('configure() was not called');
    return this.#configuration;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.home);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (url.pathname === '/') {
      response.end('<title>App</title><link rel="icon" href="data:,"><a href="/connect">Connect FeatureOS</a>');
    } else if (url.pathname === '/connect') {
      response.writeHead(302, { location: await this.authorizationUrl() }).end();
    } else {
      const result = await this.#receive(url);
      this.callbacks.push(result);
      response.end(
        `<title>App</title><link rel="icon" href="data:,"><h1>${result.tokens ? 'Connected' : 'Not connected'}</h1>`,
      );
    }
  }

  async #receive(url: URL): Promise<CallbackResult> {
    const query = url.searchParams;
    try {
      const checks = { pkceCodeVerifier: this.#pending?.verifier ?? '', expectedState: this.#pending?.state ?? '' };
      return { query, tokens: await oauth.authorizationCodeGrant(this.#configured, url, checks) };
    } catch (error) {
      return { query, error: (error as { error?: string }).error ?? String(error) };
    }
  }
}
