/** Invalid `X-Organization` and install ids in paths: the documented error, and no change. */
import { beforeAll, expect, test } from 'vitest';
import { expectError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, type RegisteredApp, STRANGER } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
let installId: string;
beforeAll(async () => {
  app = await bed.world.registerApp();
  await bed.world.install(app);
  installId = await bed.world.installId(app);
});

const body = {
  name: 'N',
  redirect_uris: ['https://a.example/'],
  allowed_actor_modes: ['app'],
  declared_scopes: ['posts:read'],
};
const requests = (): [method: string, path: string, body?: unknown][] => [
  ['POST', '/oauth/apps', body],
  ['GET', '/oauth/apps'],
  ['GET', `/oauth/apps/${app.clientId}`],
  ['PATCH', `/oauth/apps/${app.clientId}`, { name: 'Stolen' }],
  ['POST', `/oauth/apps/${app.clientId}/rotate_secret`, {}],
  ['DELETE', `/oauth/apps/${app.clientId}`],
  ['GET', '/oauth/installs'],
  ['DELETE', `/oauth/installs/${installId}`],
];

async function expectForEveryRequest(userId: number, organization: string | undefined, status: number): Promise<void> {
  await bed.tables.unchangedBy(async () => {
    for (const [method, path, content] of requests()) {
      expectError(await bed.world.as(userId, method, path, content, organization), status);
    }
  });
}

test('returns 400 without X-Organization', () => expectForEveryRequest(OWNER_ADMIN, undefined, 400));

test('returns 400 for an empty X-Organization', () => expectForEveryRequest(OWNER_ADMIN, '', 400));

test('returns the same 403 for an unknown organization as for one of others, so that names cannot be probed', async () => {
  await expectForEveryRequest(OWNER_ADMIN, 'nobody', 403);
  const messageFor = async (organization: string) =>
    (await bed.world.as(STRANGER, 'GET', '/oauth/apps', undefined, organization)).body.message.replace(
      organization,
      '',
    );
  expect(await messageFor('nobody')).toBe(await messageFor('acme'));
});

test('returns 403 for an invalid subdomain', async () => {
  for (const name of ['ACME', 'acme.', ' ', '*', '1', "acme' OR '1'='1", 'acme, globex', 'x'.repeat(5_000)]) {
    // Header values are trimmed, so a blank one is empty.
    await expectForEveryRequest(OWNER_ADMIN, name, name.trim() === '' ? 400 : 403);
  }
});

test('returns 404 for an install id that is not a UUID', async () => {
  await bed.tables.unchangedBy(async () => {
    const altered = [`${installId}x`, installId.replaceAll('-', ''), `{${installId}}`];
    for (const id of [
      '1',
      'x',
      'null',
      '%00',
      '%20',
      ...altered,
      '..%2f',
      "'%3b--",
      'x'.repeat(90),
      'x'.repeat(5_000),
    ]) {
      expectError(await bed.world.disconnect(id), 404);
    }
  });
});
