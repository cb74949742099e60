/** Checks real responses against /openapi.json: a success of every operation, and errors. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_LOGO_BYTES } from '../../services/auth-server/logos/logo-bounds.ts';
import { Hooks } from '../support/hooks.ts';
import { png } from '../support/images.ts';
import { Receiver } from '../support/receiver.ts';
import { newSandboxOwner } from '../support/sandboxes.ts';
import { testBed } from '../support/test-bed.ts';
import {
  type Admin,
  codeIn,
  type HttpResponse,
  OWNER,
  REDIRECT_URI,
  type RegisteredApp,
  TARGET,
  TARGET_ADMIN,
} from '../support/world.ts';
import { OpenApiChecker } from './support/openapi-checker.ts';

const bed = testBed();
let checker: OpenApiChecker;
let receiver: Receiver;
beforeAll(async () => {
  checker = new OpenApiChecker((await bed.world.http('GET', '/openapi.json')).body);
  receiver = await Receiver.start();
});
afterAll(() => receiver?.stop());

type Fields = Record<string, string>;

/** Replaces the parameters in braces. */
const fill = (path: string, fields: Fields) => path.replaceAll(/\{(\w+)\}/g, (_all, name) => fields[name] as string);

/** A request of an admin, whose response must match the description. */
async function admin(of: Admin, method: string, path: string, fields: Fields = {}, body?: unknown) {
  const [template = '', query] = path.split('?');
  const address = fill(template, fields) + (query === undefined ? '' : `?${query}`);
  const response = await bed.world.asAdmin(of, method, address, body);
  checker.check(method, template, response);
  return response;
}
const owner = (method: string, path: string, fields?: Fields, body?: unknown) =>
  admin(OWNER, method, path, fields, body);
const target = (method: string, path: string, fields?: Fields, body?: unknown) =>
  admin(TARGET, method, path, fields, body);

/** A request of an app, whose response must match the description. */
async function client(app: RegisteredApp, path: string, parameters: Fields): Promise<HttpResponse> {
  const response = await bed.world.client(app, path, parameters);
  checker.check('POST', path, response);
  return response;
}

const ONE_APP = '/oauth/apps/{client_id}';

test('the document is valid OpenAPI 3.1, and readable from other origins', async () => {
  const { body, headers } = await bed.world.http('GET', '/openapi.json');
  expect(await new Validator().validate(body)).toMatchObject({ valid: true });
  expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: bed.system.issuer }] });
  expect(headers.get('access-control-allow-origin')).toBe('*');
});

test('every operation responds as described', async () => {
  const hooks = new Hooks(bed);
  const fields = {
    name: 'Described',
    redirect_uris: [REDIRECT_URI],
    allowed_actor_modes: ['app', 'self'],
    declared_scopes: ['posts:read', 'webhooks:manage'],
    webhook_url: receiver.url,
    subscribed_webhook_events: ['post_created', 'app_installed'],
  };
  const registered = await owner('POST', '/oauth/apps', {}, fields);
  const app = { clientId: registered.body.client_id, clientSecret: registered.body.client_secret };
  const ofApp = { client_id: app.clientId };
  await owner('GET', '/oauth/apps?page=1&per_page=100');
  await owner('GET', ONE_APP, ofApp);
  await owner('PATCH', ONE_APP, ofApp, { name: 'Described again' });

  checker.check('PUT', `${ONE_APP}/logo`, await bed.world.putLogo(app, png()));
  await owner('DELETE', `${ONE_APP}/logo`, ofApp);

  const parameters = { response_type: 'code', client_id: app.clientId, redirect_uri: REDIRECT_URI, actor: 'app' };
  const query = new URLSearchParams(parameters);
  await target('GET', `/oauth/authorize?${query}`);
  const decision = { client_id: app.clientId, redirect_uri: REDIRECT_URI, actor: 'app', target_organization_id: 2 };
  const decided = await target('POST', '/oauth/authorize/consent', {}, decision);
  const code = codeIn(decided);
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
  const tokens = await client(app, '/oauth/token', exchange);
  const token = tokens.body.access_token;
  const introspection = await client(app, '/oauth/introspect', { token });
  await client(app, '/oauth/introspect', { token: 'unknown' });
  await target('GET', '/oauth/installs');
  await target('GET', `/oauth/authorize?${query}`);

  const install_id = introspection.body.install_id;
  await client(app, '/oauth/webhook_secret', { install_id, overlap_seconds: '60' });
  const listed = await owner('GET', `${ONE_APP}/hooks`, ofApp);
  const { id } = listed.body.hooks.find((hook: { install_id: unknown }) => hook.install_id === install_id);
  await owner('POST', '/oauth/hooks/{id}/rotate_secret', { id }, {});
  await owner('POST', '/oauth/hooks/{id}/enable', { id });
  await hooks.publish();
  await hooks.until(app, (all) => all.length > 0 && all.every(({ status }) => status === 'succeeded'));
  const deliveries = await owner('GET', `${ONE_APP}/deliveries?status=succeeded`, ofApp);
  await owner('POST', '/oauth/deliveries/{id}/replay', { id: deliveries.body.deliveries[0].id });

  await client(app, '/oauth/revoke', { token });
  await target('DELETE', '/oauth/installs/{id}', { id: install_id });
  await target('GET', '/oauth/installs');
  await owner('POST', `${ONE_APP}/rotate_secret`, ofApp, { overlap_seconds: 60 });
  await client(app, '/oauth/token', exchange);
  await expect
    .poll(async () => (await owner('GET', `${ONE_APP}/failed_requests`, ofApp)).body.failed_requests)
    .not.toEqual([]);
  await owner('GET', ONE_APP, ofApp);
  await owner('DELETE', ONE_APP, ofApp);

  const successes = [...checker.checked].filter((name) => / 2\d\d$/.test(name)).map((name) => name.split(' ')[0]);
  expect(successes.sort()).toEqual(checker.operationIds.sort());
});

test('errors are as described', async () => {
  const unknown = { client_id: 'foapp_unknown' };
  expect((await owner('POST', '/oauth/apps', {}, { name: '' })).status).toBe(422);
  expect((await owner('GET', '/oauth/apps?page=x')).status).toBe(400);
  expect((await owner('GET', ONE_APP, unknown)).status).toBe(404);
  expect((await admin({ ...OWNER, admin: TARGET_ADMIN }, 'GET', '/oauth/apps')).status).toBe(403);
  const { admin: sandboxAdmin, sandbox } = await newSandboxOwner(bed);
  const inSandbox = { admin: sandboxAdmin, subdomain: sandbox.subdomain };
  const fields = { name: 'App', redirect_uris: [REDIRECT_URI], allowed_actor_modes: ['app'] };
  expect((await admin(inSandbox, 'POST', '/oauth/apps', {}, fields)).status).toBe(409);
  expect((await target('GET', '/oauth/authorize?client_id=unknown')).status).toBe(400);
  expect((await target('GET', '/oauth/authorize?page=0')).status).toBe(400);
  const signedOut = await bed.world.http('GET', '/oauth/installs', { headers: { 'x-organization': 'globex' } });
  checker.check('GET', '/oauth/installs', signedOut);
  expect(signedOut.status).toBe(401);

  const form = 'application/x-www-form-urlencoded';
  const authorization = `Bearer ${await bed.system.platform.sign(OWNER.admin)}`;
  const large = JSON.stringify({ name: 'x'.repeat(64 * 1024) });
  for (const [status, path, body, type] of [
    [415, '/oauth/apps', 'name=Form', form],
    [415, '/oauth/authorize/consent', 'decision=deny', form],
    [413, '/oauth/apps', large, 'application/json'],
    [413, '/oauth/authorize/consent', large, 'application/json'],
    [413, '/oauth/token', large, 'application/json'],
  ] as const) {
    const headers = { authorization, 'x-organization': OWNER.subdomain, 'content-type': type };
    const response = await bed.world.http('POST', path, { body, headers });
    checker.check('POST', path, response);
    expect(response.status).toBe(status);
  }

  const app = await bed.world.registerApp();
  for (const [status, image, type] of [
    [422, Buffer.from('no image'), 'image/png'],
    [415, png(), 'image/gif'],
    [413, Buffer.alloc(MAX_LOGO_BYTES + 1), 'image/png'],
  ] as const) {
    const response = await bed.world.putLogo(app, image, type);
    checker.check('PUT', `${ONE_APP}/logo`, response);
    expect(response.status).toBe(status);
  }
  const refresh = { grant_type: 'refresh_token' };
  expect((await client({ ...app, clientSecret: 'wrong' }, '/oauth/token', refresh)).status).toBe(401);
  const exchange = { grant_type: 'authorization_code', code: 'x', redirect_uri: 'y' };
  expect((await client(app, '/oauth/token', exchange)).status).toBe(400);
  expect((await client(app, '/oauth/webhook_secret', { install_id: 'unknown' })).status).toBe(404);
});
