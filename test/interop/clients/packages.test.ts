/**
 * The packages of packages/ as npm publishes them: built, packed and unpacked in a separate project, which links the dependencies
 * of this repository. Node does not run TypeScript in node_modules, so the packages must contain JavaScript.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackage } from '../../../scripts/client/build-package.ts';
import { testBed } from '../../support/test-bed.ts';
import { OWNER_ADMIN } from '../../support/world.ts';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, '../../../node_modules');
const TSC = join(MODULES, '@typescript/native/bin/tsc');
const CLIENT = '@featureos/introspection-client';

const PROGRAM = `import { IntrospectionClient, type Introspection } from '${CLIENT}';
const [address, token] = process.argv.slice(2) as [string, string];
const client = new IntrospectionClient({ addresses: [address], serviceToken: process.env['SERVICE_TOKEN'] ?? '' });
const result: Introspection = await client.introspect(token);
client.close();
console.log(result.active ? result.organization.subdomain : result.reason);
`;

const bed = testBed();
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'packages-'));
  for (const [source, name] of [
    ['introspection-client', CLIENT],
    ['oauth-apps-cli', 'oauth-apps'],
  ] as const) {
    const built = join(project, 'built', source);
    await buildPackage(source, built);
    const { stdout } = await run('npm', ['pack', '--silent', built], { cwd: project });
    const installed = join(project, 'node_modules', name);
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', join(project, stdout.trim()), '-C', installed, '--strip-components=1']);
  }
  for (const name of ['@bufbuild', '@connectrpc', '@grpc', '@types', 'commander', 'yaml']) {
    await symlink(join(MODULES, name), join(project, 'node_modules', name));
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(project, 'program.ts'), PROGRAM);
});
afterAll(() => rm(project, { recursive: true, force: true }));

test('a program compiles with the types in the package of the client', async () => {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', 'program.ts'];
  await run(TSC, options, { cwd: project });
});

test('the client introspects', async () => {
  const { access_token: token } = await bed.world.install(await bed.world.registerApp());
  const program = ['program.ts', bed.system.introspectionFastPort[0] as string, token];
  const env = { ...process.env, SERVICE_TOKEN: bed.system.tokens.gateway };
  expect((await run(process.execPath, program, { cwd: project, env })).stdout).toBe('globex\n');
});

test('oauth-apps runs', async () => {
  const main = join(project, 'node_modules/oauth-apps/packages/oauth-apps-cli/main.js');
  const token = await bed.system.platform.sign(OWNER_ADMIN);
  const env = { ...process.env, OAUTH_APPS_SERVER: bed.system.issuer, OAUTH_APPS_TOKEN: token };
  const oauthApps = async (...args: string[]) => (await run(process.execPath, [main, ...args], { env })).stdout;
  expect(await oauthApps('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  const { clientId } = await bed.world.registerApp();
  expect(await oauthApps('--organization', 'acme', 'apps', 'list')).toContain(clientId);
});
