import * as client from 'openid-client';
import { describe, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { REDIRECT_URI, type RegisteredApp } from '../support/world.ts';
import { decide } from './user-agent.ts';

const bed = testBed();

/** Discovers everything except the issuer and the credentials, as in the documentation of the library. */
const discover = (app: RegisteredApp, authenticate: (secret: string) => client.ClientAuth) =>
  client.discovery(new URL(bed.system.issuer), app.clientId, undefined, authenticate(app.clientSecret), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests], // plain http, on loopback
  });

/** Registers an app and builds an authorization URL for it, with PKCE and state. */
async function authorizationRequest(authenticate: (secret: string) => client.ClientAuth) {
  const app = await bed.world.registerApp({ allowed_actor_modes: ['app'], require_pkce: true });
  const config = await discover(app, authenticate);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'posts:read comments:read',
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  return { app, config, url, checks: { pkceCodeVerifier, expectedState } };
}

describe.each([
  ['client_secret_basic', client.ClientSecretBasic],
  ['client_secret_post', client.ClientSecretPost],
] as const)('with %s', (_method, authenticate) => {
  test('the whole flow: discovery, consent, code, introspection, refresh, revocation', async () => {
    const { app, config, url, checks } = await authorizationRequest(authenticate);
    const tokens = await client.authorizationCodeGrant(config, await decide(bed.world, url), checks);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 86_400, scope: 'posts:read comments:read' });
    expect(tokens.expiresIn()).toBeGreaterThan(86_000);
    const refreshToken = tokens.refresh_token as string;

    expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: app.clientId,
      scope: 'posts:read comments:read',
      actor: 'app',
      organization: { id: 2, subdomain: 'globex' },
    });
    expect(await bed.world.introspect(tokens.access_token)).toMatchObject({
      active: true,
      clientId: app.clientId,
      scopes: ['posts:read', 'comments:read'],
    });

    const fresh = await client.refreshTokenGrant(config, refreshToken);
    expect(fresh.scope).toBe('posts:read comments:read');
    expect((await bed.world.introspect(tokens.access_token)).active).toBe(false);
    expect((await bed.world.introspect(fresh.access_token)).active).toBe(true);
    const repeated = await client.refreshTokenGrant(config, refreshToken);
    expect(repeated.access_token).toBe(fresh.access_token);

    await client.tokenRevocation(config, fresh.refresh_token as string, { token_type_hint: 'refresh_token' });
    await client.tokenRevocation(config, fresh.refresh_token as string);
    expect(await client.tokenIntrospection(config, fresh.access_token)).toEqual({ active: false });
    expect(await bed.world.introspect(fresh.access_token)).toMatchObject({
      active: false,
      inactiveReason: InactiveReason.REVOKED,
    });
    for (const revoked of [refreshToken, fresh.refresh_token as string]) {
      await expect(client.refreshTokenGrant(config, revoked)).rejects.toMatchObject({ error: 'invalid_grant' });
    }
  });

  test('revoking an access token leaves its refresh token valid', async () => {
    const { config, url, checks } = await authorizationRequest(authenticate);
    const tokens = await client.authorizationCodeGrant(config, await decide(bed.world, url), checks);
    await client.tokenRevocation(config, tokens.access_token);
    expect((await bed.world.introspect(tokens.access_token)).active).toBe(false);
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token as string);
    expect((await bed.world.introspect(fresh.access_token)).active).toBe(true);
  });

  test('a wrong secret is 401 with a challenge, and consumes no code', async () => {
    const { app, config, url, checks } = await authorizationRequest(authenticate);
    const { clientSecret } = await bed.world.registerApp();
    const wrong = await discover({ ...app, clientSecret }, authenticate);
    const response = await decide(bed.world, url);
    const call = client.authorizationCodeGrant(wrong, response, checks);
    // The library reports the challenge (RFC 6749 section 5.2) and does not read the `error` in the body.
    const error = await call.then(
      () => expect.fail('the wrong secret was accepted'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(client.WWWAuthenticateChallengeError);
    expect(error).toMatchObject({ status: 401, cause: [{ scheme: 'basic' }] });
    await client.authorizationCodeGrant(config, response, checks);
  });
});

test('the metadata lists grant types and features', async () => {
  const config = await discover(await bed.world.registerApp(), client.ClientSecretBasic);
  const metadata = config.serverMetadata();
  expect(metadata.supportsPKCE()).toBe(true);
  expect(metadata).toMatchObject({
    issuer: bed.system.issuer,
    authorization_response_iss_parameter_supported: true,
    grant_types_supported: ['authorization_code', 'refresh_token'],
  });
});

test('the client verifies state and issuer', async () => {
  const { config, url, checks } = await authorizationRequest(client.ClientSecretBasic);
  const response = await decide(bed.world, url);
  const otherIssuer = new URL(response);
  otherIssuer.searchParams.set('iss', 'https://evil.example');
  await expect(client.authorizationCodeGrant(config, otherIssuer, checks)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('"iss"') },
  });
  const withoutIssuer = new URL(response);
  withoutIssuer.searchParams.delete('iss');
  await expect(client.authorizationCodeGrant(config, withoutIssuer, checks)).rejects.toThrow();
  const otherState = { ...checks, expectedState: client.randomState() };
  await expect(client.authorizationCodeGrant(config, response, otherState)).rejects.toThrow();
  // None of these calls has reached the server, so the code is still valid.
  expect((await client.authorizationCodeGrant(config, response, checks)).access_token).toMatch(/^foot_/);
});

test('the client reports a denial as an error', async () => {
  const { config, url, checks } = await authorizationRequest(client.ClientSecretBasic);
  const denied = await decide(bed.world, url, 'deny');
  await expect(client.authorizationCodeGrant(config, denied, checks)).rejects.toMatchObject({
    error: 'access_denied',
    error_description: 'the user declined',
  });
});

test('another verifier and a second use of the code are invalid_grant', async () => {
  const { config, url, checks } = await authorizationRequest(client.ClientSecretBasic);
  const response = await decide(bed.world, url);
  const other = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await expect(client.authorizationCodeGrant(config, response, other)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  await client.authorizationCodeGrant(config, response, checks);
  await expect(client.authorizationCodeGrant(config, response, checks)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});
