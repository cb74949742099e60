import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, pkce, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const CONCURRENCY = 50;

const together = <T>(count: number, run: (at: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, at) => run(at)));

/** Opens connections, so that concurrent requests do not wait for them and arrive while the first is served. */
const warmUp = () => together(CONCURRENCY, () => bed.world.http('GET', '/livez'));

/** Expects exactly one pair and otherwise invalid_grant; returns the pair. */
function expectOnePair(responses: Pick<HttpResponse, 'status' | 'body'>[]) {
  const accepted = responses.filter(({ status }) => status === 200);
  const rejected = responses.filter(({ status }) => status !== 200);
  expect(accepted).toHaveLength(1);
  expect(new Set(rejected.map(({ status, body }) => `${status} ${body.error}`))).toEqual(
    new Set(['400 invalid_grant']),
  );
  return accepted[0]?.body;
}

async function postOnNewConnection(app: RegisteredApp, parameters: Record<string, string>) {
  const sent = request(`${bed.system.issuer}/oauth/token`, {
    method: 'POST',
    agent: false,
    auth: `${app.clientId}:${app.clientSecret}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }).end(String(new URLSearchParams(parameters)));
  const [response] = await once(sent, 'response');
  return { status: response.statusCode as number, body: JSON.parse(await text(response)) };
}

async function expectOnlyLivePair(app: RegisteredApp, accessToken: string): Promise<void> {
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
  await bed.world.expectEverywhere(accessToken, { active: true });
}

test('50 concurrent exchanges of one code issue one pair, which stays active', async () => {
  await warmUp();
  for (let round = 0; round < 3; round++) {
    const app = await bed.world.registerApp();
    const code = await bed.world.code(app);
    const pair = expectOnePair(await together(CONCURRENCY, () => bed.world.exchange(app, code)));
    await expectOnlyLivePair(app, pair.access_token);
    expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
  }
});

test('50 exchanges of one code on new connections issue one pair, which is live unless a request was a replay', async () => {
  for (let round = 0; round < 4; round++) {
    const app = await bed.world.registerApp();
    const code = await bed.world.code(app);
    const parameters = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    const responses = await together(CONCURRENCY, () => postOnNewConnection(app, parameters));
    const pair = expectOnePair(responses);
    const wasReplayed = responses.some(({ body }) => body.error_description?.includes('are revoked'));
    if (!wasReplayed) await expectOnlyLivePair(app, pair.access_token);
    else expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('only the right exchange succeeds among wrong verifiers, redirect URIs and clients', async () => {
  const app = await bed.world.registerApp();
  const other = await bed.world.registerApp();
  const { verifier, challenge } = pkce();
  const code = await bed.world.code(app, { code_challenge: challenge, code_challenge_method: 'S256' });
  const attempts = [
    () => bed.world.exchange(app, code, { code_verifier: pkce().verifier }),
    () => bed.world.exchange(app, code),
    () => bed.world.exchange(app, code, { code_verifier: verifier, redirect_uri: 'https://app.example/callback2' }),
    () => bed.world.exchange(other, code, { code_verifier: verifier }),
  ];
  const responses = await together(CONCURRENCY, (at) =>
    at === CONCURRENCY / 2
      ? bed.world.exchange(app, code, { code_verifier: verifier })
      : (attempts[at % attempts.length] as () => Promise<HttpResponse>)(),
  );
  await expectOnlyLivePair(app, expectOnePair(responses).access_token);
});

test('codes of different apps and organizations are exchanged concurrently without interfering', async () => {
  const organizations = await together(4, () => bed.world.newOrganization());
  const grants = await together(20, async (at) => {
    const app = await bed.world.registerApp();
    const target = organizations[at % 4] as (typeof organizations)[number];
    return { app, code: await bed.world.codeFor(target, app) };
  });
  const responses = await Promise.all(grants.map(({ app, code }) => bed.world.exchange(app, code)));
  for (const [at, response] of responses.entries()) {
    await expectOnlyLivePair(grants[at]?.app as RegisteredApp, expectStatus(200, response).body.access_token);
  }
});

test('one app is installed into many organizations at once', async () => {
  const app = await bed.world.registerApp();
  const organizations = await together(10, () => bed.world.newOrganization());
  const pairs = await Promise.all(organizations.map((organization) => bed.world.installInto(organization, app)));
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(10);
  for (const { access_token: token } of pairs) expect((await bed.world.introspect(token)).active).toBe(true);
});

test('concurrent consents leave one outstanding code, and only one code can be exchanged', async () => {
  for (let round = 0; round < 4; round++) {
    const app = await bed.world.registerApp();
    const codes = await together(8, () => bed.world.code(app));
    const outstanding = 'consumed_at IS NULL AND voided_at IS NULL';
    const ofApp = `app_id = (SELECT id FROM apps WHERE client_id = '${app.clientId}')`;
    expect(await bed.tables.count('authorization_codes', `${outstanding} AND ${ofApp}`)).toBe(1);
    const pair = expectOnePair(await Promise.all(codes.map((code) => bed.world.exchange(app, code))));
    await expectOnlyLivePair(app, pair.access_token);
  }
});
