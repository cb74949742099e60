import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { expectOAuthError, expectRedirect } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, pkce, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
beforeEach(async () => {
  app = await bed.world.registerApp();
});

const codeFor = (challenge: string) =>
  bed.world.code(app, { code_challenge: challenge, code_challenge_method: 'S256' });
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

async function expectRefused(code: string, parameters: Record<string, string>): Promise<void> {
  const exchange = () => bed.world.exchange(app, code, parameters);
  await bed.tables.unchangedBy(async () => expectOAuthError(await exchange(), 'invalid_grant'));
}

test('rejects a missing verifier', async () => {
  const code = await codeFor(pkce().challenge);
  await expectRefused(code, {});
  await expectRefused(code, { code_verifier: '' });
});

test('rejects a wrong verifier', async () => {
  const { verifier, challenge } = pkce();
  const code = await codeFor(challenge);
  const flipped = (verifier.startsWith('A') ? 'B' : 'A') + verifier.slice(1);
  for (const wrong of [pkce().verifier, flipped, `${verifier}A`, challenge]) {
    await expectRefused(code, { code_verifier: wrong });
  }
});

test('rejects a verifier that is too short, too long or has other characters, even if it matches the challenge', async () => {
  for (const verifier of ['a', 'x'.repeat(42), 'x'.repeat(129), `${'x'.repeat(42)}!`]) {
    await expectRefused(await codeFor(challengeOf(verifier)), { code_verifier: verifier });
  }
  for (const verifier of ['x'.repeat(43), `${'x'.repeat(124)}-._~`]) {
    expectStatus(200, await bed.world.exchange(app, await codeFor(challengeOf(verifier)), { code_verifier: verifier }));
  }
});

test('rejects `plain`: by name, by default, and with the verifier as the challenge', async () => {
  const { verifier, challenge } = pkce();
  for (const method of ['plain', '']) {
    const response = await bed.world.consent(app, { code_challenge: challenge, code_challenge_method: method });
    expectRedirect(response, 'invalid_request');
  }
  await expectRefused(await codeFor(verifier), { code_verifier: verifier });
});

test('rejects a challenge that is not a SHA-256', async () => {
  const { challenge } = pkce();
  for (const wrong of [challenge.slice(1), `${challenge}=`, challenge.replace(/^./, '+'), `${challenge}A`]) {
    const fields = { code_challenge: wrong, code_challenge_method: 'S256' };
    expectRedirect(await bed.world.consent(app, fields), 'invalid_request');
  }
});

test('downgrade: rejects a verifier if the challenge was removed from the authorization request', async () => {
  const code = await bed.world.code(app);
  await expectRefused(code, { code_verifier: pkce().verifier });
  expectStatus(200, await bed.world.exchange(app, code));
});

test('downgrade: an app that requires PKCE gets no code without a challenge, and none for `plain`', async () => {
  const strict = await bed.world.registerApp({ require_pkce: true });
  await bed.tables.unchangedBy(async () => {
    expectRedirect(await bed.world.consent(strict), 'invalid_request');
    const plain = { code_challenge: pkce().challenge, code_challenge_method: 'plain' };
    expectRedirect(await bed.world.consent(strict, plain), 'invalid_request');
  });
});

test('the verifier is not stored in the database', async () => {
  const { verifier, challenge } = pkce();
  const code = await codeFor(challenge);
  expectStatus(200, await bed.world.exchange(app, code, { code_verifier: verifier, redirect_uri: REDIRECT_URI }));
  expect(JSON.stringify(await bed.tables.dump())).not.toContain(verifier);
});
