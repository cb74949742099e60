/** Cases that a client must not be able to distinguish: same status, body and headers. */
import { expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { type HttpResponse, STRANGER } from '../support/world.ts';

const bed = testBed();
const app = registeredApp(bed);

const DIFFERENT_IN_EACH = new Set(['date', 'x-request-id']);

function shapeOf({ status, headers, body }: HttpResponse): string {
  const kept = [...headers].filter(([name]) => !DIFFERENT_IN_EACH.has(name));
  return JSON.stringify({ status, headers: kept, body });
}

async function expectSame(...responses: Promise<HttpResponse>[]): Promise<void> {
  const shapes = (await Promise.all(responses)).map(shapeOf);
  expect(new Set(shapes).size).toBe(1);
}

const mint = (kind: 'client_secret' | 'access_token' | 'refresh_token' | 'authorization_code') =>
  new CredentialFormat([bed.system.credentialKey]).mint(kind).reveal();
const UNKNOWN_CLIENT = 'foapp_0000000000000000000000';

test('unknown clients, deleted apps, and wrong secrets (well formed or not), also of a suspended app', async () => {
  const [deleted, suspended] = [await bed.world.registerApp(), await bed.world.registerApp()];
  await bed.world.deleteApp(deleted);
  await bed.world.suspendApp(suspended);
  const other = await bed.world.registerApp();
  const attempt = (clientId: string, clientSecret: string) =>
    bed.world.client({ clientId, clientSecret }, '/oauth/introspect', { token: 'x' });
  await expectSame(
    attempt(UNKNOWN_CLIENT, mint('client_secret')),
    attempt(UNKNOWN_CLIENT, app.clientSecret),
    attempt(UNKNOWN_CLIENT, 'malformed'),
    attempt(app.clientId, mint('client_secret')),
    attempt(app.clientId, other.clientSecret),
    attempt(app.clientId, 'malformed'),
    attempt(deleted.clientId, deleted.clientSecret),
    attempt(suspended.clientId, 'malformed'),
    attempt('malformed', 'malformed'),
  );
});

test('an unknown code or refresh token, and one of another client', async () => {
  const other = await bed.world.registerApp();
  const used = await bed.world.code(other);
  const pair = (await bed.world.exchange(other, used)).body;
  await expectSame(
    bed.world.exchange(app, await bed.world.code(other)),
    bed.world.exchange(app, used),
    bed.world.exchange(app, mint('authorization_code')),
    bed.world.exchange(app, 'malformed'),
  );
  await expectSame(
    bed.world.refresh(app, pair.refresh_token),
    bed.world.refresh(app, mint('refresh_token')),
    bed.world.refresh(app, 'malformed'),
  );
});

test('another client’s token and an unknown one, at revocation and introspection', async () => {
  const other = await bed.world.registerApp();
  const pair = await bed.world.install(other);
  for (const path of ['/oauth/revoke', '/oauth/introspect']) {
    const send = (token: string) => bed.world.client(app, path, { token });
    await expectSame(send(pair.access_token), send(pair.refresh_token), send(mint('access_token')), send('malformed'));
  }
});

test('an app or install of another organization, and one that does not exist', async () => {
  await bed.world.install(app);
  const installId = await bed.world.installId(app);
  const send = async (method: string, path: string, id: string) => {
    const response = await bed.world.as(STRANGER, method, `${path}/${id}`, undefined, 'initech');
    return { ...response, body: JSON.parse(JSON.stringify(response.body).replaceAll(id, 'ID')) };
  };
  await expectSame(send('GET', '/oauth/apps', app.clientId), send('GET', '/oauth/apps', UNKNOWN_CLIENT));
  const unknownInstall = '00000000-0000-7000-8000-000000000000';
  await expectSame(send('DELETE', '/oauth/installs', installId), send('DELETE', '/oauth/installs', unknownInstall));
});
