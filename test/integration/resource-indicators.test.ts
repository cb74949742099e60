import { beforeAll, describe, expect, test } from 'vitest';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { expectRedirect, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, REDIRECT_URI, type RegisteredApp, TARGET_ADMIN } from '../support/world.ts';

const API = 'https://api.example/api/v3';
/** Without a path, where a trailing slash makes no difference. */
const ORIGIN = 'https://v3.example';
const bed = testBed({ resources: [API, ORIGIN] });
let app: RegisteredApp;
beforeAll(async () => {
  app = await bed.world.registerApp();
});

const RIGHT = [[], [API], [ORIGIN], [`${ORIGIN}/`], [API, ORIGIN, API], ['']];
const WRONG = [
  ['https://other.example/api/v3'],
  [API, 'https://other.example'],
  [ORIGIN, `${ORIGIN}/api`],
  [`${API}/`],
  [`${API}?x`],
  [`${API}#top`],
  ['/api/v3'],
  ['api.example/api/v3'],
  ['HTTPS://api.example/api/v3'],
  [`${API} ${ORIGIN}`],
  ['urn:x'],
];

/** A form or a query, with one parameter for each value. */
function form(parameters: Record<string, string>, resources: readonly string[]): URLSearchParams {
  const all = new URLSearchParams(parameters);
  for (const resource of resources) all.append('resource', resource);
  return all;
}

function token(grant: Record<string, string>, resources: readonly string[]): Promise<HttpResponse> {
  const body = form({ ...grant, client_id: app.clientId, client_secret: app.clientSecret }, resources);
  return bed.world.http('POST', '/oauth/token', { body });
}

const validParameters = () => ({
  client_id: app.clientId,
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  actor: 'app',
});
const view = (resources: readonly string[]) =>
  bed.world.as(TARGET_ADMIN, 'GET', `/oauth/authorize?${form(validParameters(), resources)}`);

async function consentRpc(resource: string[]) {
  const consents = bed.system.rpc(ConsentService, await bed.system.platform.sign(TARGET_ADMIN));
  const parameters = { clientId: app.clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' };
  return consents.getAuthorizationRequest({ parameters: { ...parameters, resource } });
}

describe.each(RIGHT.map((resources) => [resources]))('%j names the API', (resources) => {
  test('in an authorization request, a decision, an exchange and a refresh', async () => {
    expectStatus(200, await view(resources));
    expect((await consentRpc(resources)).authorizationRequest?.app?.clientId).toBe(app.clientId);
    const code = await bed.world.code(app, { resource: resources });
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    const pair = expectStatus(200, await token(exchange, resources)).body;
    const refresh = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
    expectStatus(200, await token(refresh, resources));
  });
});

describe.each(WRONG.map((resources) => [resources]))('%j is invalid_target', (resources) => {
  test('in an authorization request and a decision: redirects to the app with the error', async () => {
    for (const response of [await view(resources), await bed.world.consent(app, { resource: resources })]) {
      expectRedirect(response, 'invalid_target');
      expect(response.body.error).toBe('invalid_target');
    }
    const reason = ErrorReason.AUTHORIZATION_REFUSED;
    const error = await expectRpcError(consentRpc(resources), reason);
    expect(error.findDetails(ErrorDetailSchema)[0]?.oauthError).toBe('invalid_target');
  });

  test('in an exchange and a refresh, which consume nothing', async () => {
    const code = await bed.world.code(app);
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    const refused = { status: 400, body: { error: 'invalid_target', error_description: expect.any(String) } };
    expect(await token(exchange, resources)).toMatchObject(refused);
    const pair = expectStatus(200, await token(exchange, [API])).body;
    const refresh = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
    expect(await token(refresh, resources)).toMatchObject(refused);
    expect((await bed.world.introspect(pair.access_token)).active).toBe(true);
    expectStatus(200, await token(refresh, []));
  });
});

test('in JSON, only a string or a list of strings is accepted', async () => {
  for (const resource of [API, [API, ORIGIN], null, []]) expectStatus(200, await bed.world.consent(app, { resource }));
  for (const resource of [7, {}, [7], [[API, [ORIGIN]]], { toString: API }]) {
    expectStatus(400, await bed.world.consent(app, { resource }));
  }
});
