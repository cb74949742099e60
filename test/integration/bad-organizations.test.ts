/** `X-Organization` and ids in paths that are wrong: the documented error, and nothing changes. */
import { beforeAll, expect, test } from 'vitest';
import { expectError } from '../support/answers.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, type RegisteredApp, STRANGER, TARGET_ADMIN, TARGET_MEMBER } from '../support/world.ts';

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

async function expectEverywhere(userId: number, organization: string | undefined, status: number): Promise<void> {
  await bed.tables.unchangedBy(async () => {
    for (const [method, path, content] of requests()) {
      expectError(await bed.world.as(userId, method, path, content, organization), status);
    }
  });
}

test('without X-Organization it is a 400', () => expectEverywhere(OWNER_ADMIN, undefined, 400));

test('with an empty X-Organization it is a 400', () => expectEverywhere(OWNER_ADMIN, '', 400));

test('with the organization of a stranger it is a 403', async () => {
  await expectEverywhere(STRANGER, 'acme', 403);
  await expectEverywhere(STRANGER, 'globex', 403);
});

test('with an unknown organization it is the same 403, so that names cannot be probed', async () => {
  await expectEverywhere(OWNER_ADMIN, 'nobody', 403);
  const of = async (organization: string) =>
    (await bed.world.as(STRANGER, 'GET', '/oauth/apps', undefined, organization)).body.message.replace(
      organization,
      '',
    );
  expect(await of('nobody')).toBe(await of('acme'));
});

test('with a subdomain that cannot be one it is a 403', async () => {
  for (const name of ['ACME', 'acme.', ' ', '*', '1', "acme' OR '1'='1", 'acme, globex', 'x'.repeat(5_000)]) {
    // header values are trimmed: a blank one is an empty one
    await expectEverywhere(OWNER_ADMIN, name, name.trim() === '' ? 400 : 403);
  }
});

test('an admin elsewhere who is a mere member here is refused', async () => {
  await expectEverywhere(TARGET_MEMBER, 'globex', 403);
});

test('an id that is no UUID is no install: 404', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const id of [
      '1',
      'x',
      'null',
      '%00',
      '%20',
      `${installId}x`,
      installId.replaceAll('-', ''),
      `{${installId}}`,
      '..%2f',
      "'%3b--",
      'x'.repeat(90),
      'x'.repeat(5_000),
    ]) {
      const answer = await bed.world.as(TARGET_ADMIN, 'DELETE', `/oauth/installs/${id}`, undefined, 'globex');
      expectError(answer, 404);
    }
  });
});

test('the admin of another organization finds neither app nor install', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const [method, path, content] of requests().filter(([, path]) => /foapp_|installs\//.test(path))) {
      expectError(await bed.world.as(STRANGER, method, path, content, 'initech'), 404);
    }
  });
});
