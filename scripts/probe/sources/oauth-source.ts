import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as oauth from 'oauth4webapi';
import { type AuthenticatedClient, requestOptions } from '../authenticated-client.ts';
import type { TokenSource } from './token-source.ts';

export interface OAuthSourceOptions {
  readonly issuer: URL;
  readonly caller: AuthenticatedClient;
  /** A file with a refresh token, replaced if the server rotates it. Without it, the client credentials grant is used. */
  readonly refreshTokenFile?: string | undefined;
  readonly scope?: string | undefined;
}

/** Tokens of any server with metadata (RFC 8414), by one of two grants, ended by revocation (RFC 7009). */
export async function oauthSource(options: OAuthSourceOptions): Promise<TokenSource> {
  const { issuer, caller } = options;
  const { client, auth } = caller;
  const request = requestOptions(issuer);
  const found = await oauth.discoveryRequest(issuer, { ...request, algorithm: 'oauth2' });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const scope = options.scope === undefined ? {} : { scope: options.scope };

  const byCredentials = async () => {
    const response = await oauth.clientCredentialsGrantRequest(server, client, auth, scope, request);
    return oauth.processClientCredentialsResponse(server, client, response);
  };
  const byRefresh = async (file: string) => {
    const refreshToken = readFileSync(file, 'utf8').trim();
    const more = { ...request, additionalParameters: scope };
    const response = await oauth.refreshTokenGrantRequest(server, client, auth, refreshToken, more);
    const tokens = await oauth.processRefreshTokenResponse(server, client, response);
    if (tokens.refresh_token !== undefined) replaceFile(file, tokens.refresh_token);
    return tokens;
  };
  return {
    async issue() {
      const { refreshTokenFile: file } = options;
      const { access_token: value } = await (file === undefined ? byCredentials() : byRefresh(file));
      const end = async () =>
        oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, value, request));
      return { value, revocation: 'revoke', end };
    },
    close: async () => {},
  };
}

/** Atomically, because a lost refresh token cannot be requested again. */
function replaceFile(file: string, refreshToken: string): void {
  writeFileSync(`${file}.new`, `${refreshToken}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
