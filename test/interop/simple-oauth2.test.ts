import { AuthorizationCode, type ModuleOptions } from 'simple-oauth2';
import { describe, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { pkce, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';
import { decide } from './user-agent.ts';

const bed = testBed();

const clientOf = (app: RegisteredApp, options: NonNullable<ModuleOptions['options']>) =>
  new AuthorizationCode({
    client: { id: app.clientId, secret: app.clientSecret },
    auth: {
      tokenHost: bed.system.issuer,
      tokenPath: '/oauth/token',
      revokePath: '/oauth/revoke',
      authorizePath: '/oauth/authorize',
    },
    options,
  });

describe.each<[string, NonNullable<ModuleOptions['options']>]>([
  ['its defaults (HTTP Basic, form)', {}],
  ['HTTP Basic whose parts are not encoded', { credentialsEncodingMode: 'loose' }],
  ['HTTP Basic and JSON', { bodyFormat: 'json' }],
  ['credentials in a form', { authorizationMethod: 'body' }],
  ['credentials in JSON', { authorizationMethod: 'body', bodyFormat: 'json' }],
])('with %s', (_how, options) => {
  test('the whole flow: consent, code, refresh, revocation', async () => {
    const app = await bed.world.registerApp({ allowed_actor_modes: ['app'] });
    const client = clientOf(app, options);
    const url = client.authorizeURL({ redirect_uri: REDIRECT_URI, scope: 'posts:read posts:write', state: 's 1&2' });
    const response = (await decide(bed.world, url)).searchParams;
    expect([response.get('state'), response.get('iss')]).toEqual(['s 1&2', bed.system.issuer]);

    const code = response.get('code') as string;
    const accessToken = await client.getToken({ code, redirect_uri: REDIRECT_URI });
    expect(accessToken.expired()).toBe(false);
    expect(accessToken.token).toMatchObject({
      token_type: 'Bearer',
      expires_in: 86_400,
      scope: 'posts:read posts:write',
    });
    expect(await bed.world.introspect(accessToken.token.access_token)).toMatchObject({
      active: true,
      clientId: app.clientId,
      scopes: ['posts:read', 'posts:write'],
    });

    const fresh = await accessToken.refresh();
    expect((await bed.world.introspect(accessToken.token.access_token)).active).toBe(false);
    expect((await bed.world.introspect(fresh.token.access_token)).active).toBe(true);
    expect((await accessToken.refresh()).token.access_token).toBe(fresh.token.access_token);

    await fresh.revokeAll();
    expect(await bed.world.introspect(fresh.token.access_token)).toMatchObject({
      active: false,
      inactiveReason: InactiveReason.REVOKED,
    });
    for (const revoked of [accessToken, fresh]) {
      expect(await errorOf(revoked.refresh())).toEqual({ status: 400, error: 'invalid_grant' });
    }
  });

  test('a wrong secret is invalid_client', async () => {
    const app = await bed.world.registerApp({ allowed_actor_modes: ['app'] });
    const { clientSecret } = await bed.world.registerApp();
    const code = await bed.world.code(app);
    const wrong = clientOf({ ...app, clientSecret }, options).getToken({ code, redirect_uri: REDIRECT_URI });
    expect(await errorOf(wrong)).toEqual({ status: 401, error: 'invalid_client' });
    expect((await clientOf(app, options).getToken({ code, redirect_uri: REDIRECT_URI })).token.scope).not.toBe('');
  });
});

test('PKCE works through additional parameters', async () => {
  const app = await bed.world.registerApp({ allowed_actor_modes: ['app'], require_pkce: true });
  const client = clientOf(app, {});
  const { verifier, challenge } = pkce();
  const url = client.authorizeURL({
    redirect_uri: REDIRECT_URI,
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const code = (await decide(bed.world, url)).searchParams.get('code') as string;
  const withoutVerifier = client.getToken({ code, redirect_uri: REDIRECT_URI });
  expect(await errorOf(withoutVerifier)).toEqual({ status: 400, error: 'invalid_grant' });
  const { token } = await client.getToken({ code, redirect_uri: REDIRECT_URI, code_verifier: verifier });
  expect((await bed.world.introspect(token.access_token)).active).toBe(true);
});

test('a token that was stored as JSON still works', async () => {
  const app = await bed.world.registerApp({ allowed_actor_modes: ['app'] });
  const client = clientOf(app, {});
  const { token } = await client.getToken({ code: await bed.world.code(app), redirect_uri: REDIRECT_URI });
  const stored = client.createToken(JSON.parse(JSON.stringify(token)));
  expect(stored.expired()).toBe(false);
  expect((await bed.world.introspect((await stored.refresh()).token.access_token)).active).toBe(true);
});

/** The status and the error code of the response, from the error that the library throws. */
async function errorOf(call: Promise<unknown>): Promise<{ status: unknown; error: unknown }> {
  const thrown = await call.then(
    () => expect.fail('was expected to fail'),
    (error: unknown) => error,
  );
  const { output, data } = thrown as { output?: { statusCode: number }; data?: { payload?: { error: string } } };
  return { status: output?.statusCode, error: data?.payload?.error };
}
