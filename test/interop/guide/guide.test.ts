/**
 * Runs the snippets of the guide (docs/guide) with the addresses and credentials of this test's system. Languages that are not
 * installed are skipped (scripts/ensure-dependencies.ts --interop installs them); with INTEROP_CLIENTS=required, as in CI, that
 * is a failure.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../scripts/dependencies/ports.ts';
import { Hooks } from '../../support/hooks.ts';
import { png } from '../../support/images.ts';
import { expectStatus, OWNER_ADMIN } from '../../support/world.ts';
import { decide } from '../user-agent.ts';
import { Cookies } from './cookies.ts';
import { GUIDE_REDIRECT_URI, guideBed } from './guide-bed.ts';
import { hasPythonModules, LANGUAGES } from './languages.ts';
import { Folder } from './programs.ts';
import { Shell } from './shell.ts';
import { fillIn } from './snippets.ts';

/** Snippets that no test runs, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'cli/install': 'the tests run the tool from the repository',
  'quick-start-node/install': 'the tests use the packages of the repository',
  'quick-start-python/install': 'the tests use packages of Debian',
  'quick-start-go/install': 'the tests use packages of Debian',
  'quick-start-ruby/install': 'the tests use packages of Debian',
  'recipes/auth.js': 'Next.js is not installed; what it depends on is the `iss` of responses, which other tests check',
};

const bed = await guideBed();

/** Whether an access token is active. */
const isActive = async (token: string) => (await bed.world.introspect(token)).active;

test('in a shell with curl: the quick start, and snippets of two other pages that use its tokens', async () => {
  const shell = new Shell();
  const run = (id: string, ...credentials: string[]) => shell.run(fillIn(bed.snippet(id), credentials));
  const app = await bed.registerApp({ require_pkce: true });
  await run('quick-start/credentials', app.clientId, app.clientSecret);
  const response = (await decide(bed.world, await run('quick-start/authorize'))).searchParams;
  expect(response.get('state')).toBe(await shell.run('echo $STATE'));

  const tokens = JSON.parse(await run('quick-start/exchange', response.get('code') as string));
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 86_400, scope: 'posts:read' });
  const session = JSON.parse(await run('quick-start/call', tokens.access_token));
  expect(session).toMatchObject({ success: true, actor: 'app', organization: { subdomain: 'globex' } });

  const introspection = JSON.parse(await run('authorization/introspect'));
  expect(introspection).toMatchObject({ active: true, client_id: app.clientId });
  expect(JSON.parse(await run('access-tokens/call'))).toMatchObject({ success: true });

  const fresh = JSON.parse(await run('quick-start/refresh', tokens.refresh_token));
  expect([await isActive(tokens.access_token), await isActive(fresh.access_token)]).toEqual([false, true]);
  expect(JSON.parse(await run('quick-start/refresh', tokens.refresh_token)).access_token).toBe(fresh.access_token);

  expect(await run('quick-start/revoke', fresh.refresh_token)).toBe('{}');
  expect(await isActive(fresh.access_token)).toBe(false);
});

test('the command line tool: signing in, an app as a file, and its errors', async () => {
  // Renamed, because other tests register apps with the snippet's name.
  const folder = new Folder({ 'app.yaml': bed.snippet('cli/app.yaml').replace('Roadmapper', 'Planner') });
  const shell = new Shell();
  const jwt = await bed.world.system.platform.sign(OWNER_ADMIN);
  const main = join(import.meta.dirname, '../../../packages/oauth-apps-cli/main.ts');
  await shell.run(`cd ${folder.path}; export XDG_CONFIG_HOME=$PWD OAUTH_APPS_TOKEN=${jwt}
oauth-apps() { ${process.execPath} ${main} "$@" < /dev/null; }`);
  expect(await shell.run(bed.snippet('cli/login'))).toContain('organization acme');

  // Confirmed by an option, because there is no terminal.
  const apply = bed.snippet('cli/apply').replace('--secret-file', '--yes --secret-file');
  expect(await shell.run(apply)).toMatch(/\+ create Planner[\s\S]*Created foapp_/);
  expect(await shell.run('cat client-secret')).toMatch(/^fosec_/);
  expect(await shell.run(apply)).toContain('is up to date');
  const app = await bed.registerApp();
  expect((await bed.world.exchange(app, 'unknown')).status).toBe(400);
  const errors = fillIn(bed.snippet('cli/errors'), [app.clientId]);
  const run = () => shell.run(`(set -e\n${errors})\necho "exit code $?"`);
  // The server records failed requests every two seconds.
  await expect.poll(run).toMatch(/\/oauth\/token.* invalid_grant: .*\nexit code 0$/);
});

test('uploading a logo with curl', async () => {
  const { clientId } = await bed.registerApp();
  const { path } = new Folder({ 'logo.png': png() });
  const shell = new Shell();
  const jwt = await bed.world.system.platform.sign(OWNER_ADMIN);
  await shell.run(`cd ${path}; CLIENT_ID=${clientId}; SESSION_JWT=${jwt}`);
  const { app } = JSON.parse(await shell.run(bed.snippet('public-profile/logo')));
  expect(app).toMatchObject({ client_id: clientId, logo_path: expect.stringMatching(/^\/app-logos\//) });
});

describe.each(LANGUAGES)('$page', ({ page, file, isInstalled }) => {
  const installed = isInstalled();
  test.runIf(process.env.INTEROP_CLIENTS === 'required')('is installed', () => expect(installed).toBe(true));

  test.skipIf(!installed)('from the start page to the first API call', { timeout: 240_000 }, async () => {
    const app = await bed.registerApp({ require_pkce: true });
    const port = await freePort();
    const files = { [file]: bed.snippet(`${page}/${file}`) };
    const command = fillIn(bed.snippet(`${page}/run`), [app.clientId, app.clientSecret]).replace('3000', String(port));
    const program = new Folder(files).start(command, { PORT: String(port) });
    await program.untilListening(port);

    const address = `http://127.0.0.1:${port}/`;
    const visit = async () => {
      const response = await fetch(address, { redirect: 'manual' });
      const cookies = new Cookies();
      cookies.store(response);
      return { url: response.headers.get('location') as string, cookies };
    };

    const { url, cookies } = await visit();
    expect(new URL(url).searchParams.get('redirect_uri')).toBe(`${address}callback`);
    const callback = await decide(bed.world, url);
    const session = await fetch(callback, cookies);
    cookies.store(session);
    expect([session.status, await session.json()]).toMatchObject([
      200,
      { success: true, actor: 'app', organization: { subdomain: 'globex' } },
    ]);

    // A reload must not send the code again, which would revoke the tokens.
    const reload = await fetch(callback, cookies);
    expect([reload.status, await reload.text()]).toEqual([400, expect.not.stringContaining('invalid_grant')]);

    const other = await visit();
    const wrongState = await decide(bed.world, other.url);
    wrongState.searchParams.set('state', 'another');
    expect((await fetch(wrongState, other.cookies)).status).toBe(400);
    const third = await visit();
    const denied = await fetch(await decide(bed.world, third.url, 'deny'), third.cookies);
    expect([denied.status, await denied.text()]).toEqual([400, expect.stringContaining('access_denied')]);
  });
});

test('the program for Node.js shows why a code is not exchanged', async () => {
  const { clientId } = await bed.registerApp({ require_pkce: true });
  const PORT = String(await freePort());
  const files = { 'app.mjs': bed.snippet('quick-start-node/app.mjs') };
  const environment = { PORT, CLIENT_ID: clientId, CLIENT_SECRET: 'wrong' };
  const program = new Folder(files).start('node app.mjs', environment);
  await program.untilListening(Number(PORT));
  const cookies = new Cookies();
  const toConsent = await fetch(`http://127.0.0.1:${PORT}/`, { redirect: 'manual' });
  cookies.store(toConsent);
  const callback = await decide(bed.world, toConsent.headers.get('location') as string);
  expect(await (await fetch(callback, cookies)).text()).toBe('invalid_client: unknown client or wrong client secret\n');
});

describe('refreshing', () => {
  test('with openid-client: a lost response, and concurrent refreshes', async () => {
    const app = await bed.registerApp();
    const { access_token, refresh_token } = await bed.install(app);
    const files = { 'access-token.mjs': bed.snippet('refresh/access-token.mjs'), 'main.mjs': LOSES_THE_FIRST_RESPONSE };
    const program = new Folder(files).start('node main.mjs', {
      ISSUER: bed.world.system.issuer,
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.clientSecret,
      REFRESH_TOKEN: refresh_token,
    });
    await program.untilExit();
    const { returned, stored, requests } = JSON.parse(program.output);
    expect(new Set(returned)).toEqual(new Set([stored.accessToken]));
    expect([returned.length, requests]).toEqual([3, 2]);
    expect([await isActive(access_token), await isActive(stored.accessToken)]).toEqual([false, true]);
  });

  test.skipIf(!hasPythonModules())('with Authlib', async () => {
    const app = await bed.registerApp();
    const pair = await bed.install(app);
    const token = { ...pair, token_type: 'Bearer', expires_at: 1 };
    const files = { 'refresh.py': bed.snippet('refresh/refresh.py'), 'token.json': JSON.stringify(token) };
    const program = new Folder(files).start('python3 refresh.py; cat token.json', {
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.clientSecret,
      TOKEN_FILE: 'token.json',
    });
    await program.untilExit();
    expect(program.output).toContain('globex');
    const stored = /"access_token": "(foot_\w+)"/.exec(program.output)?.[1] as string;
    expect(stored).not.toBe(pair.access_token);
    expect(await isActive(stored)).toBe(true);
  });
});

const RECEIVERS = [
  { file: 'receiver.mjs', command: 'node receiver.mjs', isInstalled: true },
  { file: 'receiver.py', command: 'python3 receiver.py', isInstalled: hasPythonModules() },
];

describe.each(RECEIVERS)('webhooks with $file', ({ file, command, isInstalled }) => {
  test.skipIf(!isInstalled)('the receiver accepts a delivery and rejects a forged one', async () => {
    const hooks = new Hooks(bed);
    const port = await freePort();
    const address = `http://127.0.0.1:${port}/`;
    const app = await hooks.registerApp(address, { redirect_uris: [GUIDE_REDIRECT_URI], allowed_actor_modes: ['app'] });
    const { access_token } = await bed.install(app);

    const shell = new Shell();
    await shell.run(`CLIENT_ID=${app.clientId} CLIENT_SECRET=${app.clientSecret} ACCESS_TOKEN=${access_token}`);
    const { hook_id, secret } = JSON.parse(await shell.run(bed.snippet('webhooks/secret')));

    const files = { [file]: bed.snippet(`webhooks/${file}`) };
    const environment = { PORT: String(port), HOOK_ID: hook_id, HOOK_SECRET: secret };
    const program = new Folder(files).start(command, environment);
    await program.untilListening(port);
    await hooks.publish({ data: { id: 7, title: 'From the guide' }, idempotencyKey: file });
    await program.untilOutput(/post_created.*From the guide/);
    await hooks.until(app, (deliveries) => deliveries.some(({ status }) => status === 'succeeded'));

    const forged = await fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'x',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': 'v1,AAAA',
        'featureos-hook-id': hook_id,
      },
      body: '{"type":"post_created","created":1,"data":{}}',
    });
    expect(forged.status).toBe(401);
  });
});

describe.skipIf(!hasPythonModules())('requests-oauthlib', () => {
  /** Runs the program for an admin who grants one of the two scopes. */
  async function runNarrowed(code: string): Promise<{ exitCode: number | null; output: string }> {
    const app = await bed.registerApp({ declared_scopes: ['posts:read', 'comments:read'] });
    const environment = { CLIENT_ID: app.clientId, CLIENT_SECRET: app.clientSecret };
    const program = new Folder({ 'app.py': code }).start('python3 app.py', environment);
    const url = new URL(await program.untilOutput(/^http\S+$/m));
    const state = url.searchParams.get('state') as string;
    const fields = { redirect_uri: GUIDE_REDIRECT_URI, scope: 'posts:read', state };
    program.endInput(expectStatus(200, await bed.world.consent(app, fields)).body.redirect_to);
    return { exitCode: await program.untilExit(), output: program.output };
  }

  test('accepts fewer scopes than it requested, with OAUTHLIB_RELAX_TOKEN_SCOPE', async () => {
    const code = bed.snippet('recipes/requests_oauthlib_app.py');
    expect(await runNarrowed(code)).toMatchObject({ exitCode: 0, output: expect.stringContaining('globex') });
  });

  test('raises an exception without OAUTHLIB_RELAX_TOKEN_SCOPE', async () => {
    const code = bed.snippet('recipes/requests_oauthlib_app.py').replace(/^os\.environ\["OAUTHLIB_RELAX.*$/m, '');
    expect(await runNarrowed(code)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('Scope has changed'),
    });
  });
});

test('a program that exits too early is reported at once, with its output', async () => {
  const program = new Folder({}).start('echo broken; exit 1');
  await expect(program.untilListening(await freePort())).rejects.toThrow('the program exited too early: broken');
});

test.runIf(LANGUAGES.every(({ isInstalled }) => isInstalled()))('every snippet is run, or listed in NOT_RUN', () => {
  expect(bed.snippets.unused).toEqual(Object.keys(NOT_RUN).sort());
});

/** Calls accessTokenOf() three times at once when the token has expired; the response to the first refresh is lost. */
const LOSES_THE_FIRST_RESPONSE = `
import * as client from 'openid-client';
import { accessTokenOf } from './access-token.mjs';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN } = process.env;
const authentication = client.ClientSecretBasic(CLIENT_SECRET);
const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, options);
let requests = 0;
config[client.customFetch] = async (...request) => {
  const response = await fetch(...request);
  requests += 1;
  if (requests === 1) throw new TypeError('the connection was lost');
  return response;
};
let stored = { accessToken: 'expired', refreshToken: REFRESH_TOKEN, expiresAt: 0 };
const store = { read: async () => stored, write: async (_id, tokens) => { stored = tokens; } };
const returned = await Promise.all([1, 2, 3].map(() => accessTokenOf('install', config, store)));
console.log(JSON.stringify({ returned, stored, requests }));
`;
