/** Invalid token requests: the documented error, and nothing is consumed, issued, revoked or audited. */
import { beforeEach, expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import {
  basicCredentials,
  expectStatus,
  type HttpResponse,
  type Pair,
  REDIRECT_URI,
  type RegisteredApp,
} from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
let other: RegisteredApp;
let pair: Pair;
let code: string;

beforeEach(async () => {
  app = await bed.world.registerApp();
  other = await bed.world.registerApp();
  pair = await bed.world.install(app);
  code = await bed.world.code(app);
});

/** Expects the error and unchanged tables. */
async function expectRejected(error: string, request: () => Promise<HttpResponse>, status = 400): Promise<void> {
  await bed.tables.unchangedBy(async () => expectOAuthError(await request(), error, status));
}
const post = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  bed.world.http('POST', '/oauth/token', { body: new URLSearchParams(parameters), headers });
const basic = (clientId: string, clientSecret: string) => basicCredentials({ clientId, clientSecret });
const exchangeParameters = () => ({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI });

test('an unknown client and a wrong secret are invalid_client, with the challenge of RFC 6749 section 5.2', async () => {
  const unknown = { ...app, clientId: 'foapp_0000000000000000000000' };
  for (const client of [unknown, { ...app, clientSecret: 'wrong' }, { ...app, clientSecret: other.clientSecret }]) {
    await expectRejected('invalid_client', () => bed.world.exchange(client, code), 401);
    const { headers } = await bed.world.refresh(client, pair.refresh_token);
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  }
});

test('missing, incomplete or malformed authentication, and a Bearer token, are invalid_client', async () => {
  for (const [extra, headers] of [
    [{}, {}],
    [{ client_id: app.clientId }, {}],
    [{ client_secret: app.clientSecret }, {}],
    [{}, { authorization: `Bearer ${pair.access_token}` }],
    [{}, { authorization: 'Basic' }],
    [{}, { authorization: 'Basic !!!' }],
    [{}, { authorization: `Basic ${Buffer.from(app.clientId).toString('base64')}` }],
    [{}, { authorization: basic(app.clientId, '') }],
    [{}, { authorization: basic(`${app.clientId}%`, app.clientSecret) }],
    [{}, { authorization: basic(`${app.clientId}%00`, app.clientSecret) }],
    [{}, { authorization: `Bearer ${await bed.system.platform.sign(1)}` }],
  ] as [Record<string, string>, Record<string, string>][]) {
    await expectRejected('invalid_client', () => post({ ...exchangeParameters(), ...extra }, headers), 401);
  }
});

test('both methods of client authentication at once, or two different clients, are invalid_request', async () => {
  const authorization = basic(app.clientId, app.clientSecret);
  const both = { client_id: app.clientId, client_secret: app.clientSecret };
  await expectRejected('invalid_request', () => post({ ...exchangeParameters(), ...both }, { authorization }));
  const two = { client_id: other.clientId };
  await expectRejected('invalid_request', () => post({ ...exchangeParameters(), ...two }, { authorization }));
  expectStatus(200, await post({ ...exchangeParameters(), client_id: app.clientId }, { authorization }));
});

test('ignores credentials in the query', async () => {
  const query = new URLSearchParams({ client_id: app.clientId, client_secret: app.clientSecret });
  const body = new URLSearchParams(exchangeParameters());
  const request = () => bed.world.http('POST', `/oauth/token?${query}`, { body });
  await expectRejected('invalid_client', request, 401);
});

test('rejects a missing, unknown or unsupported grant type', async () => {
  const send = (parameters: Record<string, string>) => () => bed.world.client(app, '/oauth/token', parameters);
  await expectRejected('invalid_request', send({ code }));
  await expectRejected('invalid_request', send({ grant_type: '' }));
  const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';
  for (const grant of ['password', 'client_credentials', 'implicit', 'AUTHORIZATION_CODE', deviceCode]) {
    await expectRejected('unsupported_grant_type', send({ ...exchangeParameters(), grant_type: grant }));
  }
});

test('names the missing parameter', async () => {
  for (const name of ['code', 'redirect_uri', 'refresh_token']) {
    const grant = name === 'refresh_token' ? 'refresh_token' : 'authorization_code';
    const { [name as 'code']: _omitted, ...rest } = { ...exchangeParameters(), grant_type: grant };
    await expectRejected('invalid_request', async () => {
      const response = await bed.world.client(app, '/oauth/token', rest);
      expect(response.body.error_description).toBe(`${name} is missing`);
      return response;
    });
  }
});

test('JSON values that are not strings are invalid_request', async () => {
  const body = { ...exchangeParameters(), client_id: app.clientId, client_secret: app.clientSecret };
  for (const wrong of [{ code: [code] }, { code: { $ne: null } }, { code: 17 }, { redirect_uri: null }]) {
    const request = () => bed.world.http('POST', '/oauth/token', { body: { ...body, ...wrong } });
    await expectRejected('invalid_request', request);
  }
});

test('ignores unknown parameters', async () => {
  expectStatus(200, await bed.world.exchange(app, code, { audience: 'x', nonce: '1' }));
});

test('an unknown code or a credential of a wrong kind is invalid_grant; as a client secret, invalid_client', async () => {
  const unknown = new CredentialFormat([bed.system.credentialKey]).mint('authorization_code').reveal();
  const ofApp = [code, pair.access_token, pair.refresh_token, app.clientSecret, app.clientId];
  const everyKind = [...ofApp, unknown, 'malformed', '\0', 'x'.repeat(10_000)];
  for (const credential of everyKind) {
    if (credential !== code) await expectRejected('invalid_grant', () => bed.world.exchange(app, credential));
    if (credential !== pair.refresh_token)
      await expectRejected('invalid_grant', () => bed.world.refresh(app, credential));
  }
  for (const credential of [code, pair.access_token, pair.refresh_token, app.clientId]) {
    await expectRejected('invalid_client', () => bed.world.exchange({ ...app, clientSecret: credential }, code), 401);
  }
  expectStatus(200, await bed.world.exchange(app, code));
});

test('an altered code is invalid_grant, and the right one still works', async () => {
  for (const wrong of [code.slice(0, -1), `${code}0`, ` ${code}`, code.replace('fooc_', 'foot_'), code.toLowerCase()]) {
    await expectRejected('invalid_grant', () => bed.world.exchange(app, wrong));
  }
  expectStatus(200, await bed.world.exchange(app, code));
});

test('ignores a scope in an exchange', async () => {
  const narrow = await bed.world.code(app, { scope: 'posts:read' });
  expect((await bed.world.exchange(app, narrow, { scope: 'posts:write' })).body.scope).toBe('posts:read');
});

test('the error for comma-separated scopes of a refresh says how to separate them', async () => {
  const { body } = await bed.world.refresh(app, pair.refresh_token, { scope: 'posts:read,comments:read' });
  expect(body.error).toBe('invalid_scope');
  expect(body.error_description).toMatch('separated by spaces');
});
