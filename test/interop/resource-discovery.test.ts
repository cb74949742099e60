/** A client library discovers from the API's address how to get a token for it (RFC 9728, RFC 8414, RFC 8707). */
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { expect, test } from 'vitest';
import { REDIRECT_URI } from '../support/world.ts';
import { apiBed } from './api-bed.ts';
import { decide } from './user-agent.ts';

const { bed, resource: RESOURCE } = await apiBed();
const POSTS = new URL(`${RESOURCE}/feature_requests`);

const INSECURE = { [oauth.allowInsecureRequests]: true }; // plain http, on loopback

/** The challenge in the API's response, as the client library reads it. */
async function challengeOf(method: string, accessToken: string): Promise<oauth.WWWAuthenticateChallengeParameters> {
  try {
    await oauth.protectedResourceRequest(accessToken, method, POSTS, undefined, undefined, INSECURE);
  } catch (error) {
    expect(error).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
    return (error as oauth.WWWAuthenticateChallengeError).cause[0]?.parameters ?? {};
  }
  return expect.fail('the request was accepted');
}

test('from a 401 to a 200: metadata of the API, metadata of auth-server, authorization, call', async () => {
  const challenge = await challengeOf('GET', 'unknown');
  expect(challenge).toMatchObject({ error: 'invalid_token', scope: 'posts:read' });

  const response = await fetch(challenge.resource_metadata as string);
  const api = await oauth.processResourceDiscoveryResponse(new URL(RESOURCE), response);
  const [server] = api.authorization_servers as string[];

  const app = await bed.world.registerApp();
  const config = await client.discovery(
    new URL(server as string),
    app.clientId,
    undefined,
    client.ClientSecretBasic(app.clientSecret),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  );
  expect(config.serverMetadata().protected_resources).toEqual([RESOURCE]);
  const { resource } = api;
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    actor: 'app',
    scope: challenge.scope as string,
    resource,
  });
  const tokens = await client.authorizationCodeGrant(config, await decide(bed.world, url), undefined, { resource });
  expect((await client.fetchProtectedResource(config, tokens.access_token, POSTS, 'GET')).status).toBe(200);

  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token as string, { resource });
  expect(await challengeOf('POST', fresh.access_token)).toEqual({
    error: 'insufficient_scope',
    scope: 'posts:write',
    resource_metadata: challenge.resource_metadata,
  });
});

test('the library finds the metadata by the URL of the API', async () => {
  const resource = new URL(RESOURCE);
  const response = await oauth.resourceDiscoveryRequest(resource, INSECURE);
  const { authorization_servers } = await oauth.processResourceDiscoveryResponse(resource, response);
  expect(authorization_servers).toEqual([bed.system.issuer]);
});
