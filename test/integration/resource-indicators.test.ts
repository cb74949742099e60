import { describe, expect, test } from 'vitest';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { expectRedirect, expectRpcError } from '../support/expect-errors.ts';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, type Pair, REDIRECT_URI, TARGET_ADMIN } from '../support/world.ts';

const API = 'https://api.example/api/v3';
/** Without a path, where a trailing slash makes no difference. */
const ORIGIN = 'https://v3.example';
const bed = testBed({ resources: [API, ORIGIN] });
const app = registeredApp(bed);

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

/** A form or a query, with one `resource` parameter for each value. */
function form(parameters: Record<string, string>, resources: readonly string[]): URLSearchParams {
  const all = new URLSearchParams(parameters);
  for (const resource of resources) all.append('resource', resource);
  return all;
}

function token(grant: Record<string, string>, resources: readonly string[]): Promise<HttpResponse> {
  const body = form({ ...grant, client_id: app.clientId, client_secret: app.clientSecret }, resources);
  return bed.world.http('POST', '/oauth/token', { body });
}

const view = (resources: readonly string[]) => {
  const valid = { client_id: app.clientId, redirect_uri: REDIRECT_URI, response_type: 'code', actor: 'app' };
  return bed.world.as(TARGET_ADMIN, 'GET', `/oauth/authorize?${form(valid, resources)}`);
};
const exchange = (code: string, resources: readonly string[]) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI }, resources);
const refresh = ({ refresh_token }: Pair, resources: readonly string[]) =>
  token({ grant_type: 'refresh_token', refresh_token }, resources);

async function consentRpc(resource: string[]) {
  const consents = await bed.world.rpcAs(ConsentService, TARGET_ADMIN);
  const parameters = { clientId: app.clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' };
  return consents.getAuthorizationRequest({ parameters: { ...parameters, resource } });
}

test.each(RIGHT.map((resources) => [resources]))('%j is accepted in every request', async (resources) => {
  expectStatus(200, await view(resources));
  expect((await consentRpc(resources)).authorizationRequest?.app?.clientId).toBe(app.clientId);
  const pair = expectStatus(200, await exchange(await bed.world.code(app, { resource: resources }), resources)).body;
  expectStatus(200, await refresh(pair, resources));
});

describe.each(WRONG.map((resources) => [resources]))('%j is invalid_target', (resources) => {
  test('in an authorization request and a decision: redirects to the app with the error', async () => {
    for (const response of [await view(resources), await bed.world.consent(app, { resource: resources })]) {
      expectRedirect(response, 'invalid_target');
      expect(response.body.error).toBe('invalid_target');
    }
    const error = await expectRpcError(consentRpc(resources), ErrorReason.AUTHORIZATION_REFUSED);
    expect(error.findDetails(ErrorDetailSchema)[0]?.oauthError).toBe('invalid_target');
  });

  test('in an exchange and a refresh, which consume nothing', async () => {
    const code = await bed.world.code(app);
    const refused = { status: 400, body: { error: 'invalid_target', error_description: expect.any(String) } };
    expect(await exchange(code, resources)).toMatchObject(refused);
    const pair = expectStatus(200, await exchange(code, [API])).body;
    expect(await refresh(pair, resources)).toMatchObject(refused);
    expect(await bed.world.isActive(pair.access_token)).toBe(true);
    expectStatus(200, await refresh(pair, []));
  });
});

test('in JSON, only null, a string or a list of strings is accepted', async () => {
  for (const resource of [API, [API, ORIGIN], null, []]) expectStatus(200, await bed.world.consent(app, { resource }));
  for (const resource of [7, {}, [7], [[API, [ORIGIN]]], { toString: API }]) {
    expectStatus(400, await bed.world.consent(app, { resource }));
  }
});
