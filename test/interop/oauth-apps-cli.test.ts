import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExitCode } from '../../packages/oauth-apps-cli/exit-codes.ts';
import { Hooks } from '../support/hooks.ts';
import { png } from '../support/images.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const MAIN = join(import.meta.dirname, '../../packages/oauth-apps-cli/main.ts');

const bed = testBed();
const hooks = new Hooks(bed);
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oauth-apps-'));
  const { PATH = '' } = process.env;
  env = { PATH, XDG_CONFIG_HOME: folder };
  const signIn = ['login', '--server', bed.system.issuer, '--organization', 'acme'];
  expect(await cli(signIn, await bed.system.platform.sign(OWNER_ADMIN))).toMatchObject({ code: ExitCode.Ok });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command to its end. */
function cli(args: readonly string[], input = '', more: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env: { ...env, ...more } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? ExitCode.Ok : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

const APPLY = ['apps', 'apply', '--json', '--file'];
const manifestOf = (name: string) => `name: ${name}
redirect_uris: [https://app.example/callback]
allowed_actor_modes: [app]
declared_scopes: [posts:read]
`;

/** Starts `listen`, whose lines on stderr can be read. */
function listen(...options: string[]) {
  const child = spawn(process.execPath, [MAIN, 'listen', ...options], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  return { ended: once(child, 'exit'), nextLine: async () => (await lines.next()).value, kill: () => child.kill() };
}

/** The path of the app's logo. */
async function logoOf({ clientId }: RegisteredApp): Promise<string | null> {
  return (await bed.world.as(OWNER_ADMIN, 'GET', `/oauth/apps/${clientId}`, undefined, 'acme')).body.app.logo_path;
}

test('login stores a session that only its user can read and that is sent only to its server', async () => {
  expect((await stat(join(folder, 'oauth-apps/session.json'))).mode & 0o777).toBe(0o600);
  expect(await cli(['apps', 'list', '--server', 'http://127.0.0.1:9'])).toMatchObject({ code: ExitCode.NotAllowed });
  expect(await cli(['apps', 'list', '--server', 'http://auth.example'])).toMatchObject({ code: ExitCode.Usage });
});

test('apply creates an app, then changes it, then has nothing to do', async () => {
  const file = join(folder, 'app.yaml');
  const secretFile = join(folder, 'secret');
  const manifest = manifestOf('From a file');
  await writeFile(file, manifest);
  const apply = [...APPLY, file];
  expect(await cli(apply)).toMatchObject({ code: ExitCode.Usage, stdout: '' });
  const created = await cli([...apply, '--yes', '--secret-file', secretFile]);
  expect(created).toMatchObject({ code: ExitCode.Ok });
  const { action, client_id } = JSON.parse(created.stdout);
  expect(action).toBe('create');
  expect(await readFile(secretFile, 'utf8')).toMatch(/^fosec_\w+\n$/);

  await writeFile(file, manifest.replace('[posts:read]', '[posts:read, comments:read]'));
  const planned = JSON.parse((await cli([...apply, '--dry-run'])).stdout);
  expect(planned).toMatchObject({ action: 'update', applied: false, changes: [{ field: 'declared_scopes' }] });
  expect(JSON.parse((await cli([...apply, '--yes'])).stdout)).toMatchObject({ client_id, applied: true });
  expect(JSON.parse((await cli(apply)).stdout)).toMatchObject({ action: 'none', client_id });

  await writeFile(file, manifest.replace('[posts:read]', '[no:such]'));
  const refused = await cli([...apply, '--yes']);
  expect(refused).toMatchObject({ code: ExitCode.Refused });
  expect(refused.stderr).toContain(
    'error: The server rejects these values:\n  declared_scopes: item 1 "no:such" is not a known scope\n',
  );
});

test('rotate requires --overlap: how long the old secret stays valid', async () => {
  const { clientId } = await bed.world.registerApp();
  const rotate = ['apps', 'rotate', clientId];
  expect(await cli(rotate)).toMatchObject({
    code: ExitCode.Usage,
    stderr: expect.stringContaining('--overlap <seconds>'),
  });
  expect((await cli([...rotate, '--overlap', '0'])).stdout).toMatch(
    /fosec_\w+\nThe previous secret no longer works\.\n$/,
  );
  expect((await cli([...rotate, '--overlap', '60'])).stdout).toContain('The previous secret is valid until 20');
});

test('listen warns that an app without a webhook URL receives no events', async () => {
  const { clientId } = await bed.world.registerApp();
  const { ended, nextLine, kill } = listen('--app', clientId, '--forward-to', 'http://127.0.0.1:1/');
  await nextLine();
  expect(await nextLine()).toMatch(/^warning: the app has no webhook URL/);
  kill();
  await ended;
});

test('apply uploads the logo that the manifest names, only if it has changed', async () => {
  const app = await bed.world.registerApp({ name: 'With a logo' });
  const file = join(folder, 'logo.yaml');
  const manifest = `client_id: ${app.clientId}\nname: With a logo\n`;
  const apply = async (...options: string[]) => JSON.parse((await cli([...APPLY, file, ...options])).stdout);
  await writeFile(join(folder, 'logo.png'), png());
  await writeFile(file, `${manifest}logo: ./logo.png\n`);

  const change = { field: 'logo', from: null, to: './logo.png' };
  expect(await apply('--dry-run')).toMatchObject({ action: 'update', changes: [change] });
  expect(await logoOf(app)).toBeNull();
  expect(await apply('--yes')).toMatchObject({ applied: true, changes: [change] });
  const first = await logoOf(app);
  expect(first).toMatch(/^\/app-logos\//);
  expect(await apply()).toMatchObject({ action: 'none' });

  await writeFile(join(folder, 'logo.png'), png({ width: 4 }));
  expect(await apply('--yes')).toMatchObject({ applied: true });
  expect(await logoOf(app)).not.toBe(first);
  await writeFile(file, manifest);
  expect(await apply()).toMatchObject({ action: 'none' });
  await writeFile(file, `${manifest}logo: null\n`);
  expect(await apply('--yes')).toMatchObject({ applied: true });
  expect(await logoOf(app)).toBeNull();
});

test('apply shows what it applied, such as a new app with its client secret, if the logo is refused', async () => {
  const file = join(folder, 'refused.yaml');
  await writeFile(join(folder, 'text.png'), 'This is no image.');
  await writeFile(file, `${manifestOf('Refused logo')}logo: ./text.png\n`);
  const created = await cli([...APPLY, file, '--yes']);
  expect(created).toMatchObject({
    code: ExitCode.Refused,
    stderr: expect.stringContaining('must be a PNG, JPEG or WebP image'),
  });
  const response = JSON.parse(created.stdout);
  expect(response).toMatchObject({ applied: false, client_secret: expect.stringMatching(/^fosec_/) });
  expect(response.applied_fields).toEqual(['name', 'redirect_uris', 'allowed_actor_modes', 'declared_scopes']);
  const planned = JSON.parse((await cli([...APPLY, file, '--dry-run'])).stdout);
  expect(planned).toMatchObject({ action: 'update', changes: [{ field: 'logo' }], applied_fields: [] });
  expect(await cli([...APPLY, file, '--yes'])).toMatchObject({ code: ExitCode.Refused, stdout: '' });
  const update = ['apps', 'update', response.client_id, '--name', 'Renamed', '--logo', join(folder, 'text.png')];
  expect(await cli(update)).toMatchObject({ code: ExitCode.Refused, stdout: `Changed ${response.client_id}.\n` });
});

test('update uploads and removes a logo, and refuses files that cannot be one', async () => {
  const app = await bed.world.registerApp();
  const update = (logo: string) => cli(['apps', 'update', app.clientId, '--json', '--logo', logo]);
  const logo = join(folder, 'icon.webp');
  // The content decides the type, so a PNG with another extension is accepted.
  await writeFile(logo, png());
  const updated = await update(logo);
  expect(updated).toMatchObject({ code: ExitCode.Ok });
  expect(JSON.parse(updated.stdout).logo_path).toBe(await logoOf(app));
  expect(await update('')).toMatchObject({ code: ExitCode.Ok });
  expect(await logoOf(app)).toBeNull();

  await writeFile(join(folder, 'large.png'), Buffer.alloc(1024 * 1024 + 1));
  for (const name of ['large.png', 'missing.png', 'logo.svg']) {
    expect(await update(join(folder, name))).toMatchObject({ code: ExitCode.Usage, stdout: '' });
  }
  const other = ['apps', 'update', 'foapp_other', '--logo', logo];
  expect(await cli(other)).toMatchObject({
    code: ExitCode.Refused,
    stderr: expect.stringContaining('There is no app'),
  });
  expect(await cli(other, '', { OAUTH_APPS_TOKEN: 'a.b.c' })).toMatchObject({ code: ExitCode.NotAllowed });
});

test('sandbox creates the sandbox of the organization, then shows it', async () => {
  const sandbox = { id: 1_000_000_000_001, subdomain: 'sandbox--1', name: 'Acme sandbox' };
  expect(JSON.parse((await cli(['sandbox', '--json'])).stdout)).toEqual(sandbox);
  expect(await cli(['sandbox'])).toMatchObject({ code: ExitCode.Ok, stdout: 'Acme sandbox: sandbox--1\n' });
});

test('listen forwards a triggered event with a signature that verifies; logs show its delivery', async () => {
  const [real, local] = await Promise.all([Receiver.start(), Receiver.start()]);
  try {
    const app = await hooks.registerApp(real.url);
    const [appHook] = await hooks.list(app);
    const secret = await hooks.rotate(appHook.id);
    const options = ['--app', app.clientId, '--json'];
    const { ended, nextLine } = listen(...options, '--forward-to', local.url, '--limit', '1');
    await nextLine();

    expect(await cli(['trigger', 'post_created', ...options])).toMatchObject({ code: ExitCode.Ok });
    const [forwarded] = await local.waitFor(1);
    expect(verify(secret, forwarded as NonNullable<typeof forwarded>)).toMatchObject({
      type: 'post_created',
      data: { test: true },
    });
    expect((await ended)[0]).toBe(0);

    const [sent] = await real.waitFor(1);
    expect(sent?.body).toBe(forwarded?.body);
    await hooks.until(app, ([newest]) => newest?.status === 'succeeded');
    const log = await cli(['logs', 'tail', ...options]);
    expect(JSON.parse(log.stdout)).toMatchObject({ id: forwarded?.id, event_type: 'post_created' });
    expect(await cli(['trigger', 'changelog_created', ...options])).toMatchObject({ code: ExitCode.Refused });
  } finally {
    await Promise.all([real.stop(), local.stop()]);
  }
});

test('logs errors shows why a request failed', async () => {
  const app = await bed.world.registerApp();
  await bed.world.client(app, '/oauth/token', {
    grant_type: 'authorization_code',
    code: 'c',
    redirect_uri: REDIRECT_URI,
  });
  const errors = async () => (await cli(['logs', 'errors', '--app', app.clientId])).stdout;
  await expect
    .poll(errors, { timeout: 20_000 })
    .toContain('/oauth/token  authorization_code  invalid_grant: the code is unknown');
});

test('token explain describes a token', async () => {
  const app = await bed.world.registerApp();
  const { access_token } = await bed.world.install(app);
  const secret = { OAUTH_APPS_CLIENT_SECRET: app.clientSecret };
  const explain = ['token', 'explain', '--app', app.clientId];
  const explained = await cli(explain, access_token, secret);
  expect(explained.stdout).toContain('This access token is active. It acts as the bot of the app');
  expect((await cli(explain, 'foot_other', secret)).stdout).toContain('not active');
  expect(await cli(explain, access_token, { OAUTH_APPS_CLIENT_SECRET: 'wrong' })).toMatchObject({
    code: ExitCode.NotAllowed,
  });
});

test('bash completes commands and options, also after an option with a value', async () => {
  const { stdout: script } = await cli(['completion', 'bash']);
  const complete = (...words: string[]) =>
    promisify(execFile)('bash', [
      '-c',
      `${script}\nCOMP_WORDS=(oauth-apps "$@"); COMP_CWORD=$#; _oauth_apps; echo "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ]);
  expect((await complete('--organization', 'acme', 'apps', '')).stdout).toMatch(/^list create update rotate apply /);
  expect((await complete('listen', '--fo')).stdout).toBe('--forward-to\n');
});
