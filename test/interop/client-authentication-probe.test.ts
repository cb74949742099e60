/**
 * Some client libraries (golang.org/x/oauth2) try HTTP Basic and then credentials in the body to find the
 * authentication method of a server. They send the code each time, so a failed attempt must not consume it.
 */
import { beforeEach, expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
let wrongSecret: string;
let code: string;

beforeEach(async () => {
  app = await bed.world.registerApp({ allowed_actor_modes: ['app'] });
  wrongSecret = (await bed.world.registerApp()).clientSecret;
  code = await bed.world.code(app);
});

const grant = () => ({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI });
const post = (parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<HttpResponse> =>
  bed.world.http('POST', '/oauth/token', { body: new URLSearchParams(parameters), headers });
const basic = (secret: string) => ({
  authorization: `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString('base64')}`,
});

test.each([
  ['a wrong secret in HTTP Basic', () => post(grant(), basic(wrongSecret))],
  ['the secret without its last character', () => post(grant(), basic(app.clientSecret.slice(0, -1)))],
  ['an empty secret', () => post(grant(), basic(''))],
  ['no authentication at all', () => post(grant())],
  ['an unknown client id', () => post({ ...grant(), client_id: 'foapp_x', client_secret: wrongSecret })],
])('after %s the same code still works with client_secret_post', async (_attempt, attempt) => {
  const refused = await attempt();
  expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  const response = await post({ ...grant(), client_id: app.clientId, client_secret: app.clientSecret });
  const { access_token: token } = expectStatus(200, response).body;
  expect((await bed.world.introspect(token)).active).toBe(true);
});

test('rejects HTTP Basic together with client_secret, and does not consume the code', async () => {
  const both = await post({ ...grant(), client_secret: app.clientSecret }, basic(app.clientSecret));
  expect(both).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  expectStatus(200, await post(grant(), basic(app.clientSecret)));
});
