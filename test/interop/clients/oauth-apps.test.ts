/** oauth-apps as others get it: built and installed below node_modules, where Node runs no TypeScript. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackage } from '../../../scripts/client/build-package.ts';
import { testBed } from '../../support/test-bed.ts';
import { OWNER_ADMIN } from '../../support/world.ts';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, '../../../node_modules');

const bed = testBed();
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'oauth-apps-'));
  await buildPackage('oauth-apps-cli', join(project, 'node_modules/oauth-apps'));
  for (const name of ['@bufbuild', '@connectrpc', 'commander', 'yaml']) {
    await symlink(join(MODULES, name), join(project, 'node_modules', name));
  }
});
afterAll(() => rm(project, { recursive: true, force: true }));

test('it runs', async () => {
  const main = join(project, 'node_modules/oauth-apps/packages/oauth-apps-cli/main.js');
  const token = await bed.system.platform.sign(OWNER_ADMIN);
  const env = { ...process.env, OAUTH_APPS_SERVER: bed.system.issuer, OAUTH_APPS_TOKEN: token };
  const oauthApps = async (...args: string[]) => (await run(process.execPath, [main, ...args], { env })).stdout;
  expect(await oauthApps('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  const { clientId } = await bed.world.registerApp();
  expect(await oauthApps('--organization', 'acme', 'apps', 'list')).toContain(clientId);
});
