import { beforeEach, expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, GLOBEX, type Pair, pkce, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const OTHER_URI = 'https://app.example/other';
let app: RegisteredApp;
let other: RegisteredApp;

beforeEach(async () => {
  app = await bed.world.registerApp({ redirect_uris: [REDIRECT_URI, OTHER_URI] });
  other = await bed.world.registerApp();
});

/** A code with a challenge, already redeemed for its pair. */
async function redeemed(): Promise<{ code: string; verifier: string; pair: Pair }> {
  const { verifier, challenge } = pkce();
  const code = await bed.world.code(app, { code_challenge: challenge, code_challenge_method: 'S256' });
  const response = await bed.world.exchange(app, code, { code_verifier: verifier });
  const pair = expectStatus(200, response).body;
  await bed.cache(pair.access_token);
  return { code, verifier, pair };
}

test('code replay: rejected, and the pair issued for the code is revoked', async () => {
  const { code, verifier, pair } = await redeemed();
  expectOAuthError(await bed.world.exchange(app, code, { code_verifier: verifier }), 'invalid_grant');
  await bed.world.expectEverywhere(pair.access_token, { active: false });
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
});

test('code replay after refreshes: the current pair is revoked', async () => {
  const { code, verifier, pair } = await redeemed();
  const second = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  const third = expectStatus(200, await bed.world.refresh(app, second.refresh_token)).body;
  await bed.cache(third.access_token);
  expectOAuthError(await bed.world.exchange(app, code, { code_verifier: verifier }), 'invalid_grant');
  await bed.world.expectEverywhere(third.access_token, { active: false });
  expectOAuthError(await bed.world.refresh(app, third.refresh_token), 'invalid_grant');
});

test('code replay is audited once, however often it is tried', async () => {
  const { code, verifier } = await redeemed();
  for (let again = 0; again < 3; again++) await bed.world.exchange(app, code, { code_verifier: verifier });
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId });
  expect(events.filter(({ action }) => action === 'code.replayed')).toMatchObject([
    { performedBy: `app:${app.clientId}`, organizationId: GLOBEX },
  ]);
});

test('code replay with a wrong verifier, redirect URI or client revokes nothing', async () => {
  const { code, verifier, pair } = await redeemed();
  await bed.tables.unchangedBy(async () => {
    for (const attempt of [
      bed.world.exchange(app, code),
      bed.world.exchange(app, code, { code_verifier: pkce().verifier }),
      bed.world.exchange(app, code, { code_verifier: verifier, redirect_uri: OTHER_URI }),
      bed.world.exchange(other, code, { code_verifier: verifier }),
    ]) {
      expectOAuthError(await attempt, 'invalid_grant');
    }
    const otherSecret = { ...app, clientSecret: other.clientSecret };
    expectOAuthError(await bed.world.exchange(otherSecret, code, { code_verifier: verifier }), 'invalid_client', 401);
  });
  await bed.world.expectEverywhere(pair.access_token, { active: true });
});

test('code replay after a re-consent or a re-install does not revoke the pair of another code', async () => {
  const first = await redeemed();
  const second = await redeemed();
  expectOAuthError(await bed.world.exchange(app, first.code, { code_verifier: first.verifier }), 'invalid_grant');
  await bed.world.expectEverywhere(second.pair.access_token, { active: true });
  await bed.world.disconnect(await bed.world.installId(app));
  const third = await redeemed();
  expectOAuthError(await bed.world.exchange(app, second.code, { code_verifier: second.verifier }), 'invalid_grant');
  await bed.world.expectEverywhere(third.pair.access_token, { active: true });
});

test('the exchange of a voided code, for which no pair was issued, revokes nothing', async () => {
  const { pair } = await redeemed();
  const voided = await bed.world.code(app);
  // A later consent voids the code.
  await bed.world.code(app);
  await bed.tables.unchangedBy(async () => expectOAuthError(await bed.world.exchange(app, voided), 'invalid_grant'));
  await bed.world.expectEverywhere(pair.access_token, { active: true });
});

test('code injection into another client: rejected, and the code still works for its own client', async () => {
  const code = await bed.world.code(app);
  await bed.tables.unchangedBy(async () => expectOAuthError(await bed.world.exchange(other, code), 'invalid_grant'));
  expectStatus(200, await bed.world.exchange(app, code));
});

test('code injection through another redirect URI, registered or not: rejected, and the code still works', async () => {
  const code = await bed.world.code(app);
  const suffixed = [`${REDIRECT_URI}/`, `${REDIRECT_URI}?`];
  for (const uri of [OTHER_URI, ...suffixed, REDIRECT_URI.toUpperCase(), 'https://app.example']) {
    await bed.tables.unchangedBy(async () =>
      expectOAuthError(await bed.world.exchange(app, code, { redirect_uri: uri }), 'invalid_grant'),
    );
  }
  expectStatus(200, await bed.world.exchange(app, code));
});

test('code injection with the attacker’s own verifier: rejected, and the code still works', async () => {
  const [victim, attacker] = [pkce(), pkce()];
  const code = await bed.world.code(app, { code_challenge: victim.challenge, code_challenge_method: 'S256' });
  await bed.tables.unchangedBy(async () =>
    expectOAuthError(await bed.world.exchange(app, code, { code_verifier: attacker.verifier }), 'invalid_grant'),
  );
  expectStatus(200, await bed.world.exchange(app, code, { code_verifier: victim.verifier }));
});
