/** Invalid authorization requests and decisions: which errors go to the user, which to the app, and no change. */
import { beforeAll, expect, test } from 'vitest';
import { expectError, expectNoRedirect, expectRedirect } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import {
  expectStatus,
  type HttpResponse,
  OWNER_ADMIN,
  pkce,
  REDIRECT_URI,
  type RegisteredApp,
  STRANGER,
  TARGET_ADMIN,
  TARGET_MEMBER,
} from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
beforeAll(async () => {
  app = await bed.world.registerApp();
  await bed.world.install(app);
});

const view = (query: string) => bed.world.as(TARGET_ADMIN, 'GET', `/oauth/authorize?${query}`);

/** Sends the request to GET /oauth/authorize, and to the consent endpoint as an approval and as a denial. */
async function responsesTo(wrong: Record<string, string>): Promise<HttpResponse[]> {
  const parameters = { response_type: 'code', state: 's&1', ...wrong };
  return bed.tables.unchangedBy(async () => [
    await bed.world.view(app, parameters),
    await bed.world.consent(app, parameters),
    await bed.world.consent(app, { ...parameters, decision: 'deny' }),
  ]);
}

test('never redirects for an unknown, deleted, missing or invalid client', async () => {
  const deleted = await bed.world.registerApp();
  await bed.world.deleteApp(deleted);
  const unknown = ['', 'foapp_0000000000000000000000', deleted.clientId, '1', 'null', '\0'];
  for (const clientId of [...unknown, app.clientId.toUpperCase(), ` ${app.clientId}`]) {
    for (const response of await responsesTo({ client_id: clientId })) expectNoRedirect(response);
  }
});

test('returns errors of parameters other than client_id to the app, with error, state and issuer', async () => {
  for (const [wrong, error] of [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_type: 'code id_token' }, 'unsupported_response_type'],
    [{ scope: 'posts:fly' }, 'invalid_scope'],
    [{ scope: 'votes:read' }, 'invalid_scope'],
    [{ scope: 'posts:read\tposts:write' }, 'invalid_scope'],
    [{ scope: 'posts:read,posts:write' }, 'invalid_scope'],
    [{ scope: '*' }, 'invalid_scope'],
    [{ actor: '' }, 'invalid_request'],
    [{ actor: 'admin' }, 'invalid_request'],
    [{ actor: 'APP' }, 'invalid_request'],
    [{ code_challenge: pkce().challenge }, 'invalid_request'],
    [{ code_challenge: pkce().challenge, code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: pkce().challenge, code_challenge_method: 's256' }, 'invalid_request'],
    [{ code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
    [{ code_challenge: 'x'.repeat(44), code_challenge_method: 'S256' }, 'invalid_request'],
    [{ code_challenge_method: 'S256' }, 'invalid_request'],
    [{ request: 'e30.e30.' }, 'request_not_supported'],
    [{ request_uri: 'https://app.example/request' }, 'request_uri_not_supported'],
    [{ response_mode: 'fragment' }, 'invalid_request'],
    [{ response_mode: 'form_post' }, 'invalid_request'],
    [{ prompt: 'none' }, 'consent_required'],
    [{ prompt: 'login none' }, 'consent_required'],
    [{ resource: 'https://other.example' }, 'invalid_target'],
  ] as [Record<string, string>, string][]) {
    for (const response of await responsesTo(wrong)) {
      const parameters = expectRedirect(response, error);
      expect(response.body.error).toBe(error);
      expect([parameters.get('state'), parameters.get('iss')]).toEqual(['s&1', bed.system.issuer]);
      expect(response.body.redirect_to).toMatch(/^https:\/\/app\.example\/callback\?error=/);
      expect(parameters.get('code')).toBeNull();
    }
  }
});

test('a request without a response type is invalid_request, with its state', async () => {
  const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: REDIRECT_URI, actor: 'app', state: 's' });
  const response = await view(String(query));
  const parameters = expectRedirect(response, 'invalid_request');
  expect(parameters.get('state')).toBe('s');
  expect(parameters.get('error_description')).toMatch('response_type');
});

test('returns a state of 4,096 characters, and rejects a longer one without redirecting', async () => {
  const state = 's'.repeat(4_096);
  for (const response of await responsesTo({ state, scope: 'nope' })) {
    expect(expectRedirect(response, 'invalid_scope').get('state')).toBe(state);
  }
  for (const response of await responsesTo({ state: `${state}s` })) expectNoRedirect(response);
});

test('the error for comma-separated scopes says how to separate them', async () => {
  for (const response of await responsesTo({ scope: 'posts:read,comments:read' })) {
    expect(expectRedirect(response, 'invalid_scope').get('error_description')).toMatch('separated by spaces');
  }
});

test('accepts the supported response mode and prompt', async () => {
  expectStatus(200, await bed.world.view(app, { response_mode: 'query', prompt: 'consent' }));
});

test('an error description has only the characters that RFC 6749 allows', async () => {
  for (const response of await responsesTo({ scope: 'a"b\\c é \u202e <script>' })) {
    const description = expectRedirect(response, 'invalid_scope').get('error_description');
    expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
});

test('redirects with an error for a repeated parameter, unless it is client_id, redirect_uri or state', async () => {
  const valid = {
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    actor: 'app',
    state: 's',
  };
  const query = new URLSearchParams(valid);
  await bed.tables.unchangedBy(async () => {
    expectNoRedirect(await view(`${query}&client_id=${app.clientId}`));
    expectNoRedirect(await view(`${query}&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`));
    for (const twice of ['actor=app', 'scope=a&scope=b', 'anything=1&anything=1', 'a"\u0007b=1&a"\u0007b=1']) {
      const parameters = expectRedirect(await view(`${query}&${twice}`), 'invalid_request');
      expect(parameters.get('state')).toBe('s');
      expect(parameters.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    }
    expectNoRedirect(await view(`${query}&state=other`));
  });
});

test('a suspended app is unauthorized_client', async () => {
  const suspended = await bed.world.registerApp();
  await bed.world.suspendApp(suspended);
  for (const response of await responsesTo({ client_id: suspended.clientId }))
    expectRedirect(response, 'unauthorized_client');
});

test('only an admin of the target organization can approve; all other users get the same error', async () => {
  const organization = await bed.world.newOrganization();
  await bed.tables.unchangedBy(async () => {
    const responses = [
      ...(await Promise.all([TARGET_MEMBER, OWNER_ADMIN, STRANGER].map((user) => bed.world.consent(app, {}, user)))),
      await bed.world.consent(app, { target_organization_id: Number(organization.id) }),
      await bed.world.consent(app, { target_organization_id: 99_999 }),
    ];
    for (const response of responses) {
      expectError(response, 403);
      expect(response.body).toEqual(responses[0]?.body);
    }
  });
});

test('rejects a missing or invalid target organization', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const id of [undefined, null, '', 'globex', 0, -2, 1.5, true, {}, [], 1e300, '2x']) {
      expectNoRedirect(await bed.world.consent(app, { target_organization_id: id }));
    }
  });
});

test('rejects a decision that is neither approve nor deny', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const decision of ['maybe', 'APPROVE', 'yes', '1'])
      expectNoRedirect(await bed.world.consent(app, { decision }));
  });
});

test('rejects events that the app does not subscribe to, and values that are not a list of names', async () => {
  const hooked = await bed.world.registerApp({
    declared_scopes: ['webhooks:manage'],
    webhook_url: 'https://app.example/hooks',
    subscribed_webhook_events: ['post_created'],
  });
  await bed.tables.unchangedBy(async () => {
    for (const events of [['post_updated'], ['nope'], 'post_created', [17], {}, ['post_created', 'post_updated']]) {
      expectNoRedirect(await bed.world.consent(hooked, { granted_webhook_events: events }));
    }
  });
});
