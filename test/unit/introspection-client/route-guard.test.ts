import { type Introspection, Refusal, RouteGuard } from '@featureos/introspection-client';
import { expect, test } from 'vitest';

const active = (...scopes: string[]): Introspection => ({
  active: true,
  clientId: 'foapp_test',
  installId: 'install',
  organization: { id: 1, subdomain: 'acme' },
  actor: { mode: 'app', userId: 1 },
  scopes,
  issuedAt: new Date(0),
  expiresAt: new Date(0),
});

const METADATA = 'https://api.example/.well-known/oauth-protected-resource';

/** The refusal of a request by a guard that requires two scopes; undefined if it is admitted. */
async function refusalOf(
  introspection: Introspection,
  authorization: string[] | undefined,
): Promise<Refusal | undefined> {
  const guard = new RouteGuard({ introspect: async () => introspection }, ['posts:read', 'comments:read'], METADATA);
  const result = await guard.admit(authorization).catch((error: unknown) => error);
  if (result instanceof Refusal) return result;
  expect(result).toBe(introspection);
  return undefined;
}

test('a token with all scopes is admitted', async () => {
  expect(await refusalOf(active('posts:read', 'comments:read'), ['Bearer token'])).toBeUndefined();
});

test('a token without one of the scopes is rejected with the missing scope', async () => {
  const refusal = await refusalOf(active('posts:read'), ['Bearer token']);
  expect(refusal?.body).toEqual({
    message: 'Missing required OAuth scope: comments:read',
    status: 403,
    success: false,
  });
  const scope = 'scope="posts:read comments:read"';
  expect(refusal?.headers).toEqual({
    'www-authenticate': `Bearer error="insufficient_scope", ${scope}, resource_metadata="${METADATA}"`,
  });
});

test('the reason why a token is inactive is in the refusal, but not in the response', async () => {
  const [revoked, expired] = await Promise.all([
    refusalOf({ active: false, reason: 'revoked' }, ['Bearer token']),
    refusalOf({ active: false, reason: 'expired' }, ['Bearer token']),
  ]);
  expect([revoked?.reason, expired?.reason]).toEqual(['revoked', 'expired']);
  expect([revoked?.status, revoked?.headers, revoked?.body]).toEqual([401, expired?.headers, expired?.body]);
});

test('a request without a token, with a malformed one or with several is rejected without introspection', async () => {
  const allScopes: Introspection = active('posts:read', 'comments:read'); // would be admitted if introspected
  const statusOf = async (authorization?: string[]) => (await refusalOf(allScopes, authorization))?.status;
  expect(await statusOf()).toBe(401);
  expect(await statusOf(['Bearer a b'])).toBe(401);
  expect(await statusOf(['Bearer token', 'Bearer token'])).toBe(400);
});
