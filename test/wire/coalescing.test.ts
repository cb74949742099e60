import { IntrospectionClient } from '@featureos/introspection-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });

describe.each([
  ['the standard ports', () => bed.system.introspectionGrpc],
  ['the fast ports', () => bed.system.introspectionFastPort],
])('coalesced introspections on %s', (_name, addresses) => {
  let client: IntrospectionClient;
  let app: RegisteredApp;
  let token: string;

  beforeAll(async () => {
    client = new IntrospectionClient({
      addresses: addresses(),
      serviceToken: bed.system.tokens.gateway,
      timeoutMs: 5_000,
      coalescing: { maxBatch: 16, maxWaitMs: 1 },
    });
    app = await bed.world.registerApp();
    token = (await bed.world.install(app)).access_token;
  });
  afterAll(() => client.close());

  test('a hundred concurrent calls get their own responses', async () => {
    const unknown = new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();
    const kinds = [token, 'malformed', unknown];
    const tokens = Array.from({ length: 100 }, (_, index) => kinds[index % kinds.length] as string);
    const responses = await Promise.all(tokens.map((each) => client.introspect(each)));
    const expected = [
      expect.objectContaining({ active: true, clientId: app.clientId }),
      { active: false, reason: 'malformed' },
      { active: false, reason: 'unknown' },
    ];
    expect(responses).toEqual(tokens.map((_, index) => expected[index % expected.length]));
  });

  test('a disconnect is visible to all calls that start after it', async () => {
    const all = () => Promise.all(Array.from({ length: 50 }, () => client.introspect(token)));
    expect((await all()).every(({ active }) => active)).toBe(true);
    expectStatus(204, await bed.world.disconnect(await bed.world.installId(app)));
    expect(await all()).toEqual(Array.from({ length: 50 }, () => ({ active: false, reason: 'revoked' })));
  });
});
