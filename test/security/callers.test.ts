import { beforeAll, expect, test } from 'vitest';
import { expectError, expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
let pair: Pair;
beforeAll(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

type Kind = keyof typeof bed.system.tokens | 'user' | 'app';
const KINDS: readonly Kind[] = ['user', 'app', 'gateway', 'platform', 'operator', 'introspection'];

async function credentialOf(kind: Kind): Promise<string> {
  if (kind === 'user') return bed.system.platform.sign(OWNER_ADMIN);
  return kind === 'app' ? pair.access_token : bed.system.tokens[kind];
}

test('endpoints for users accept only a session', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const kind of KINDS.filter((kind) => kind !== 'user')) {
      const headers = { authorization: `Bearer ${await credentialOf(kind)}`, 'x-organization': 'acme' };
      for (const [method, path] of [
        ['GET', '/oauth/apps'],
        ['POST', '/oauth/apps'],
        ['GET', `/oauth/apps/${app.clientId}`],
        ['DELETE', `/oauth/apps/${app.clientId}`],
        ['GET', '/oauth/installs'],
        ['GET', `/oauth/authorize?client_id=${app.clientId}`],
        ['POST', '/oauth/authorize/consent'],
      ] as const) {
        expectError(await bed.world.http(method, path, { headers, ...(method === 'POST' && { body: {} }) }), 401);
      }
    }
  });
});

test('endpoints for clients accept only client credentials', async () => {
  await bed.tables.unchangedBy(async () => {
    for (const kind of KINDS) {
      const headers = { authorization: `Bearer ${await credentialOf(kind)}` };
      for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
        const body = new URLSearchParams({ token: pair.access_token, grant_type: 'refresh_token' });
        expectOAuthError(await bed.world.http('POST', path, { body, headers }), 'invalid_client', 401);
      }
    }
  });
  expect((await bed.world.introspect(pair.access_token)).active).toBe(true);
});
