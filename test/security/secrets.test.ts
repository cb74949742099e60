/** After credentials were used and misused, none of them is in the database, Redis, logs or errors, in plain text or encoded. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { Hooks } from '../support/hooks.ts';
import { type Received, Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import {
  expectStatus,
  type HttpResponse,
  OWNER,
  pkce,
  type RegisteredApp,
  TARGET_ADMIN,
  World,
} from '../support/world.ts';

const logged: string[] = [];
const bed = testBed({
  replicas: 2,
  log: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
});

/** The credentials to search for, by description. */
const canaries = new Map<string, string>();
/** The bodies and headers of error responses. */
const errorResponses: string[] = [];

function canary(what: string, text: string): string {
  canaries.set(what, text);
  return text;
}

/** A world that records error responses. */
class RecordingWorld extends World {
  override async http(...request: Parameters<World['http']>): Promise<HttpResponse> {
    const response = await super.http(...request);
    if (response.status >= 400) errorResponses.push(JSON.stringify([response.body, [...response.headers]]));
    return response;
  }
}

/** The text in each encoding in which it could be stored. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return [text, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

function expectNoCanary(where: string, haystack: string): void {
  for (const [what, text] of canaries) {
    // Without its prefix too, in case it was cut off.
    const random = text.replace(/^(fo[a-z]+|whsec)_/, '');
    const found = [...formsOf(text), ...formsOf(random)].some((form) => haystack.includes(form));
    expect(found, `${what} in ${where}`).toBe(false);
  }
}

async function useEverything(world: World): Promise<RegisteredApp> {
  const app = await world.registerApp();
  canary('first client secret', app.clientSecret);
  const { verifier, challenge } = pkce();
  canary('code verifier', verifier);
  const fields = { code_challenge: challenge, code_challenge_method: 'S256' };
  const code = canary('code', await world.code(app, fields));
  const pair = expectStatus(200, await world.exchange(app, code, { code_verifier: verifier })).body;
  canary('access token', pair.access_token);
  canary('refresh token', pair.refresh_token);
  await bed.cache(pair.access_token);
  const next = expectStatus(200, await world.refresh(app, pair.refresh_token)).body;
  canary('second access token', next.access_token);
  canary('second refresh token', next.refresh_token);
  await bed.cache(next.access_token);
  await world.client(app, '/oauth/introspect', { token: next.access_token });
  canary('code that is outstanding', await world.code(app));
  canary('session', await bed.system.platform.sign(TARGET_ADMIN));
  const rotated = await world.rotateSecret(app, { overlap_seconds: 3_600 });
  canary('second client secret', expectStatus(200, rotated).body.client_secret);
  await world.operator.findInstall({ by: { case: 'token', value: next.access_token } });
  await world.operator.explainToken({ by: { case: 'token', value: next.access_token } });
  const other = await world.registerApp();
  for (const kind of ['access_token', 'refresh_token'] as const) {
    const revoked = await world.install(other);
    canary(`${kind} that is revoked`, revoked[kind]);
    expectStatus(200, await world.client(other, '/oauth/revoke', { token: revoked[kind] }));
  }
  await useWebhooks();
  return app;
}

/** Deliveries signed with the current and the previous secret, to a receiver that returns errors. */
async function useWebhooks(): Promise<void> {
  const hooks = new Hooks(bed);
  const receiver = await Receiver.start();
  try {
    receiver.respondWith(500, 'refused');
    const app = await hooks.registerApp(receiver.url);
    await bed.world.install(app);
    const { id, install_id } = await hooks.installHookOf(app);
    canary('first signing secret', await hooks.rotate(id));
    const rotated = await bed.world.client(app, '/oauth/webhook_secret', { install_id, overlap_seconds: '60' });
    canary('second signing secret', expectStatus(200, rotated).body.secret);
    await hooks.publish();
    await hooks.until(app, ([newest]) => newest?.attempts.length === 1);
    for (const secret of ['first signing secret', 'second signing secret'].map((what) => canaries.get(what))) {
      expect(verify(secret as string, receiver.received[0] as Received)).toBeDefined();
      await hooks.owner('POST', `/oauth/hooks/${encodeURIComponent(secret as string)}/enable`);
    }
    expectNoCanary('a delivery', JSON.stringify([receiver.received, await hooks.deliveries(app)]));
  } finally {
    await receiver.stop();
  }
}

/** Uses credentials again, with wrong client credentials, and in wrong places. */
async function misuseEverything(world: World, app: RegisteredApp): Promise<void> {
  const of = (what: string) => canaries.get(what) as string;
  await world.exchange(app, of('code'), { code_verifier: of('code verifier') });
  await world.refresh(app, of('refresh token'));
  await world.refresh({ ...app, clientSecret: of('access token') }, of('second refresh token'));
  await world.refresh({ clientId: app.clientSecret, clientSecret: app.clientId }, of('second refresh token'));
  await world.refresh({ clientId: of('second refresh token'), clientSecret: app.clientSecret }, 'x');
  const issued: string[] = [];
  for (const text of canaries.values()) {
    const { body } = await world.exchange(app, text);
    // The outstanding code is valid.
    if ('access_token' in body) issued.push(body.access_token, body.refresh_token);
    await world.client(app, '/oauth/revoke', { token: `${text}x` });
    await world.client(app, '/oauth/token', { grant_type: text });
    await world.asAdmin(OWNER, 'GET', `/oauth/apps/${text}`);
    await world.asAdmin({ ...OWNER, subdomain: text.slice(0, 60) }, 'GET', '/oauth/apps');
    await world.disconnect(text.slice(0, 90));
    await world.http('GET', '/oauth/installs', { headers: { authorization: `Bearer ${text}x` } });
    const json = { body: `{"client_secret":"${text}"`, headers: { 'content-type': 'application/json' } };
    await world.http('POST', '/oauth/token', json);
    await world.introspect(text);
  }
  expect(issued).toHaveLength(2);
  for (const [index, text] of issued.entries()) canary(`token ${index} of the outstanding code`, text);
}

test('no credential is found in the database, in Redis, in logs or in errors, after use and misuse', async () => {
  const world = new RecordingWorld(bed.system);
  const app = await useEverything(world);
  await misuseEverything(world, app);

  const tables = Object.entries(await bed.tables.dump());
  expect(tables.map(([name]) => name)).toContain('public.tokens');
  for (const [name, rows] of tables) expectNoCanary(`table ${name}`, rows.join('\n'));

  const entries = [...(await bed.entries.dump())];
  expect(entries.length).toBeGreaterThan(0);
  for (const [key, value] of entries) {
    const bytes = Buffer.concat([key, value]);
    expectNoCanary('Redis', `${bytes.toString('latin1')}\n${bytes.toString('hex')}`);
  }

  expect(errorResponses.length).toBeGreaterThan(50);
  // Responses that repeat a path or an X-Organization to their sender are omitted.
  const repeating = /There is no |You are not an admin of /;
  expectNoCanary('an error', errorResponses.filter((response) => !repeating.test(response)).join('\n'));
  expectNoCanary('the log', logged.join(''));
  expectNoCanary('the title of the process', process.title);
});

/** The requests that fail without a table. */
const FAILING_WITHOUT = {
  authorization_codes: ['exchange', 'consent'],
  tokens: ['exchange', 'refresh', 'revoke'],
  audit_events: ['exchange', 'refresh', 'revoke', 'consent', 'rotate'],
  app_secrets: ['exchange', 'refresh', 'revoke', 'rotate'],
};

test.each(
  Object.entries(FAILING_WITHOUT),
)('no credential is in the log or in errors without %s', async (table, failing) => {
  const world = new RecordingWorld(bed.system);
  const app = await world.registerApp();
  canary(`client secret without ${table}`, app.clientSecret);
  const pair = await world.install(app);
  canary(`access token without ${table}`, pair.access_token);
  canary(`refresh token without ${table}`, pair.refresh_token);
  const code = canary(`code without ${table}`, await world.code(app));
  const before = { logged: logged.length, errors: errorResponses.length };
  await bed.tables.rows(`ALTER TABLE ${table} RENAME TO away`);
  const responses: Record<string, HttpResponse> = {};
  try {
    responses.exchange = await world.exchange(app, code);
    responses.refresh = await world.refresh(app, pair.refresh_token);
    responses.revoke = await world.client(app, '/oauth/revoke', { token: pair.access_token });
    responses.consent = await world.consent(app);
    responses.rotate = await world.rotateSecret(app);
  } finally {
    await bed.tables.rows(`ALTER TABLE away RENAME TO ${table}`);
  }
  const failed = Object.entries(responses).filter(([, { status }]) => status >= 500);
  expect(failed.map(([request]) => request)).toEqual(failing);
  for (const [, { body }] of failed) expect(JSON.stringify(body)).not.toMatch(/relation|away|tokens|SELECT|pg/i);
  for (const [request, { body }] of Object.entries(responses)) {
    for (const name of ['access_token', 'refresh_token', 'client_secret'] as const) {
      if (name in body) canary(`${name} of ${request} without ${table}`, body[name]);
    }
  }
  const unexpected = logged.slice(before.logged).filter((line) => line.includes('unexpected error'));
  expect(unexpected).toHaveLength(failed.length);
  expectNoCanary('the log', logged.join(''));
  expectNoCanary('an error', errorResponses.slice(before.errors).join('\n'));
});

test('the search finds a credential in each encoding and without its prefix', () => {
  const code = canary('stored code', 'fooc_0123456789abcdefghijABCDEFGHIJ0123456789');
  for (const form of [code, code.slice(5), Buffer.from(code).toString('hex'), Buffer.from(code).toString('base64')]) {
    expect(() => expectNoCanary('here', `before ${form} after`)).toThrow('stored code in here');
  }
});

test('neither the log nor the error about a malformed key contains a key', () => {
  expect(logged.join('')).not.toContain(bed.system.credentialKey);
  expect(logged.join('')).not.toContain(bed.system.webhookKey);
  const withoutKey = { message: expect.not.stringContaining(bed.system.credentialKey) };
  const build = () => new CredentialFormat([`${bed.system.credentialKey}x`]);
  expect(build).toThrow(expect.objectContaining(withoutKey));
});
