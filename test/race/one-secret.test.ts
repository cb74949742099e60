import { expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus } from '../support/world.ts';

const bed = testBed();

test('concurrent rotations leave one valid secret, and only its hint is listed', async () => {
  for (let round = 0; round < 2; round++) {
    const app = await bed.world.registerApp();
    const responses = await Promise.all(Array.from({ length: 10 }, () => bed.world.rotateSecret(app)));
    const secrets = [app.clientSecret, ...responses.map((response) => expectStatus(200, response).body.client_secret)];
    const working = [];
    for (const clientSecret of secrets) {
      const { status } = await bed.world.client({ ...app, clientSecret }, '/oauth/introspect', { token: 'x' });
      if (status === 200) working.push(clientSecret);
    }
    const { secrets: listed } = await bed.world.readApp(app);
    expect(working.map((secret) => secret.slice(-4))).toEqual(listed.map(({ hint }: { hint: string }) => hint));
    expect(working).toHaveLength(1);
  }
});
